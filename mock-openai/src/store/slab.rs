//! Rows in chunks, found by position.

use super::Position;

/// Rows in a chunk.
pub(super) const CHUNK: usize = 256;

/// Rows by position. A chunk is given back when all its rows are gone.
#[derive(Debug, Clone)]
pub(super) struct Slab<T> {
    chunks: Vec<Chunk<T>>,
    pub(super) len: usize,
}

#[derive(Debug, Clone)]
struct Chunk<T> {
    rows: Vec<Option<T>>,
    alive: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        let (chunks, len) = (Vec::new(), 0);
        Self { chunks, len }
    }
}

impl<T> Slab<T> {
    /// Where the next row will stand.
    pub(super) fn next(&self) -> Position {
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        let last = self.chunks.last().map_or(0, |chunk| chunk.rows.len());
        Position((full + last) as u64)
    }

    pub(super) fn push(&mut self, row: T) {
        if self.chunks.last().is_none_or(|chunk| chunk.rows.len() == CHUNK) {
            if let Some(full) = self.chunks.last_mut() {
                full.give_back();
            }
            // The first grows as it is filled, so that few rows take little; from the second on there are many.
            let room = if self.chunks.is_empty() { 0 } else { CHUNK };
            self.chunks.push(Chunk {
                rows: Vec::with_capacity(room),
                alive: 0,
            });
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.rows.push(Some(row));
            chunk.alive += 1;
            self.len += 1;
        }
    }

    pub(super) fn get(&self, position: Position) -> Option<&T> {
        let (chunk, row) = place(position)?;
        self.chunks.get(chunk)?.rows.get(row)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, position: Position) -> Option<&mut T> {
        let (chunk, row) = place(position)?;
        self.chunks.get_mut(chunk)?.rows.get_mut(row)?.as_mut()
    }

    pub(super) fn take(&mut self, position: Position) -> Option<T> {
        let (place, row) = place(position)?;
        let is_last = place + 1 == self.chunks.len();
        let chunk = self.chunks.get_mut(place)?;
        let row = chunk.rows.get_mut(row)?.take()?;
        chunk.alive -= 1;
        self.len -= 1;
        if !is_last {
            chunk.give_back();
        }
        Some(row)
    }

    /// Rows from position `start` to before `end`.
    pub(super) fn between(&self, start: u64, end: u64) -> impl DoubleEndedIterator<Item = (Position, &T)> {
        const SIZE: u64 = CHUNK as u64;
        let first = start / SIZE;
        let chunks = (first..end.div_ceil(SIZE).max(first)).filter_map(move |number| {
            let chunk = self.chunks.get(usize::try_from(number).ok()?)?;
            (chunk.alive > 0).then_some((number * SIZE, chunk))
        });
        chunks.flat_map(move |(base, chunk)| {
            let from = usize::try_from(start.saturating_sub(base))
                .unwrap_or(CHUNK)
                .min(chunk.rows.len());
            let to = usize::try_from(end - base)
                .unwrap_or(CHUNK)
                .min(chunk.rows.len())
                .max(from);
            let rows = chunk.rows[from..to].iter().enumerate();
            rows.filter_map(move |(row, slot)| Some((Position(base + (from + row) as u64), slot.as_ref()?)))
        })
    }
}

#[cfg(test)]
impl<T> Slab<T> {
    pub(super) fn chunks_kept(&self) -> usize {
        self.chunks.iter().filter(|chunk| chunk.rows.capacity() > 0).count()
    }
}

impl<T> Chunk<T> {
    fn give_back(&mut self) {
        if self.alive == 0 {
            self.rows = Vec::new();
        }
    }
}

fn place(Position(position): Position) -> Option<(usize, usize)> {
    let position = usize::try_from(position).ok()?;
    Some((position / CHUNK, position % CHUNK))
}
