//! Line charts as SVG. Colours and fonts are the page's; every chart has a title and a text for those who do not see it.

use std::fmt::Write as _;

use crate::report::Escaped;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;
/// More points than this cannot be seen.
const POINTS_MAX: usize = 600;

/// A chart.
pub(super) struct Chart<'a> {
    /// What it shows, for those who do not see it.
    pub(super) alt: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
    /// Spans of the x axis, with their names.
    pub(super) bands: Vec<(f64, f64, &'a str)>,
}

/// One of two directions.
pub(super) struct Axis {
    low: f64,
    high: f64,
    is_log: bool,
    ticks: Vec<(f64, String)>,
}

/// One line, in the order of x.
pub(super) struct Line {
    pub(super) name: String,
    /// Which of the page's colours, from 1.
    pub(super) color: usize,
    pub(super) dashed: bool,
    pub(super) points: Vec<(f64, f64)>,
}

impl Axis {
    /// From 0 to at least `high`, with round ticks.
    pub(super) fn linear(high: f64, said: impl Fn(f64) -> String) -> Self {
        let high = if high > 0.0 { high } else { 1.0 };
        let step = round_step(high / 4.0);
        let count = (high / step).ceil();
        let ticks = (0..=8).map(f64::from).take_while(|n| *n <= count);
        Self {
            low: 0.0,
            high: step * count,
            is_log: false,
            ticks: ticks.map(|n| (n * step, said(n * step))).collect(),
        }
    }

    /// From 0 to exactly `high`, with round ticks below it.
    pub(super) fn time(high: f64, said: impl Fn(f64) -> String) -> Self {
        let high = high.max(1e-3);
        let step = round_step(high / 7.0);
        let ticks = (0..=7).map(|n| f64::from(n) * step).take_while(|at| *at <= high);
        Self {
            low: 0.0,
            high,
            is_log: false,
            ticks: ticks.map(|at| (at, said(at))).collect(),
        }
    }

    /// Powers of ten around `low` and `high`.
    pub(super) fn log(low: f64, high: f64, said: impl Fn(f64) -> String) -> Self {
        let (first, last) = (low.max(1.0).log10().floor(), high.max(10.0).log10().ceil());
        let decades = (0..=12)
            .map(|n| first + f64::from(n))
            .take_while(|power| *power <= last);
        Self {
            low: 10_f64.powf(first),
            high: 10_f64.powf(last.max(first + 1.0)),
            is_log: true,
            ticks: decades
                .map(|power| (10_f64.powf(power), said(10_f64.powf(power))))
                .collect(),
        }
    }

    /// With these ticks on a logarithmic scale.
    pub(super) fn log_with(low: f64, high: f64, ticks: Vec<(f64, String)>) -> Self {
        Self {
            low,
            high,
            is_log: true,
            ticks,
        }
    }

    /// Where a value is, from 0 to 1.
    fn place(&self, value: f64) -> f64 {
        let place = if self.is_log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.clamp(0.0, 1.0)
    }
}

/// The next of 1, 2, 5, 10, … that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= least * 0.999)
        .unwrap_or(power * 10.0)
}

impl Chart<'_> {
    /// The chart with its legend.
    pub(super) fn svg(&self) -> String {
        let alt = Escaped(&self.alt);
        let mut svg = format!(
            "<figure><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{alt}\">\n<title>{alt}</title>\n"
        );
        self.draw_bands(&mut svg);
        self.draw_axes(&mut svg);
        for line in &self.lines {
            line.draw(self, &mut svg);
        }
        svg.push_str("</svg>\n<figcaption>");
        for line in &self.lines {
            let (color, dashed) = (line.color, if line.dashed { " dashed" } else { "" });
            let name = Escaped(&line.name);
            _ = write!(svg, "<span><i class=\"c{color}{dashed}\"></i>{name}</span> ");
        }
        svg.push_str("</figcaption></figure>\n");
        svg
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)
    }

    fn draw_bands(&self, svg: &mut String) {
        for (number, (from, to, name)) in self.bands.iter().enumerate() {
            let (from, to) = (self.x(*from), self.x(*to));
            let (width, height) = (to - from, HEIGHT - TOP - BOTTOM);
            let shade = number % 2;
            let name = Escaped(name);
            _ = writeln!(
                svg,
                "<rect class=\"band{shade}\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{height}\">\
                 <title>{name}</title></rect>"
            );
            // A name that does not fit is in the title.
            #[expect(clippy::cast_precision_loss, reason = "a name has few characters")]
            if width > name.0.chars().count() as f64 * 5.6 {
                let middle = from + width / 2.0;
                let top = TOP + 11.0;
                _ = writeln!(svg, "<text class=\"name\" x=\"{middle:.1}\" y=\"{top}\">{name}</text>");
            }
        }
    }

    fn draw_axes(&self, svg: &mut String) {
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        for (at, said) in &self.y.ticks {
            let y = self.y(*at);
            let (end, text) = (LEFT - 6.0, y + 4.0);
            let said = Escaped(said);
            _ = writeln!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"y\" x=\"{end}\" y=\"{text:.1}\">{said}</text>"
            );
        }
        for (at, said) in &self.x.ticks {
            let x = self.x(*at);
            let (end, text) = (bottom + 4.0, bottom + 18.0);
            let said = Escaped(said);
            // The last would reach over the edge.
            let anchor = if x > right - 20.0 { " last" } else { "" };
            _ = writeln!(
                svg,
                "<line class=\"axis\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{bottom}\" y2=\"{end}\"/>\
                 <text class=\"x{anchor}\" x=\"{x:.1}\" y=\"{text}\">{said}</text>"
            );
        }
        _ = writeln!(
            svg,
            "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{bottom}\" y2=\"{bottom}\"/>"
        );
    }
}

impl Line {
    fn draw(&self, chart: &Chart<'_>, svg: &mut String) {
        let mut path = String::new();
        let mut is_down = false;
        for (x, y) in thinned(&self.points) {
            // On a logarithmic scale nothing has no place.
            if chart.y.is_log && y <= 0.0 {
                is_down = false;
                continue;
            }
            let verb = if is_down { 'L' } else { 'M' };
            _ = write!(path, "{verb}{:.1} {:.1}", chart.x(x), chart.y(y));
            is_down = true;
        }
        if path.is_empty() {
            return;
        }
        let (color, dashed) = (self.color, if self.dashed { " dashed" } else { "" });
        _ = writeln!(svg, "<path class=\"line c{color}{dashed}\" d=\"{path}\"/>");
    }
}

/// Of neighbours the highest, so that no peak is lost.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let chunk = points.len().div_ceil(POINTS_MAX).max(1);
    let highest = |chunk: &[(f64, f64)]| chunk.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    points.chunks(chunk).filter_map(highest).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(7.0, 8.0, 5)]
    #[case(100.0, 100.0, 2)]
    #[case(0.0, 1.0, 2)]
    #[case(9_999.0, 10_000.0, 2)]
    fn ticks_are_round(#[case] high: f64, #[case] end: f64, #[case] at_least: usize) {
        let axis = Axis::linear(high, |value| value.to_string());
        assert!(axis.high >= end - 1e-9 && axis.high <= 2.0 * end, "{}", axis.high);
        assert!((at_least..=9).contains(&axis.ticks.len()), "{:?}", axis.ticks);
    }

    #[test]
    fn places_are_within_the_chart() {
        let log = Axis::log(300.0, 90_000.0, |value| value.to_string());
        assert_eq!((log.low, log.high), (100.0, 100_000.0));
        assert!((log.place(1_000.0) - 1.0 / 3.0).abs() < 1e-9);
        assert!(log.place(0.0).abs() < 1e-9 && (log.place(1e9) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn no_peak_is_lost() {
        let points: Vec<_> = (0..10_000)
            .map(|n| (f64::from(n), f64::from(u8::from(n == 7_777))))
            .collect();
        let thinned = thinned(&points);
        assert!(thinned.len() <= POINTS_MAX);
        assert!(thinned.contains(&(7_777.0, 1.0)));
    }
}
