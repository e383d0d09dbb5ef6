//! Texts that are looked at byte by byte, many bytes at a time: mostly all of them are of the wanted kind.

/// Whether all bytes are of a kind.
pub(crate) fn every(text: &[u8], is_it: impl Fn(u8) -> bool) -> bool {
    const LANES: usize = 16;
    // No early end within a piece: so the compiler looks at all of it at once.
    let every_one = |piece: &[u8; LANES]| piece.iter().fold(true, |so_far, byte| so_far & is_it(*byte));
    let (pieces, _) = text.as_chunks::<LANES>();
    match text.last_chunk() {
        // The last piece overlaps the one before it.
        Some(last) => pieces.iter().all(every_one) && every_one(last),
        None => text.iter().all(|byte| is_it(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_byte_is_seen_at_every_place_of_every_length() {
        for length in 0..50 {
            let mut text = vec![b'a'; length];
            assert!(every(&text, |byte| byte == b'a'));
            for place in 0..length {
                text[place] = b'b';
                assert!(!every(&text, |byte| byte == b'a'), "{place} of {length}");
                text[place] = b'a';
            }
        }
    }
}
