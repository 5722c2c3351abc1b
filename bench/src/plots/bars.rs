//! A plot of horizontal bars: a group of bars for each name, one bar for each series.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::plot::Plot;

const WIDTH: u32 = 860;
const NAMES: i32 = 260;
const RIGHT: i32 = 70;
const TOP: i32 = 60;
const BOTTOM: i32 = 30;
const BAR: i32 = 13;
const GAP: i32 = 9;
const FONT: &str = "sans-serif";
/// Colours that people with any sight can tell apart, also in grey.
pub(super) const COLORS: [RGBColor; 3] = [
    RGBColor(176, 183, 191),
    RGBColor(31, 111, 139),
    RGBColor(214, 110, 40),
];
const SINGLE: RGBColor = COLORS[1];
const GRID: RGBColor = RGBColor(225, 228, 232);
const MARK: RGBColor = RGBColor(170, 30, 60);

/// The bars of one name, one for each series.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) values: Vec<Option<f64>>,
}

/// A value that is marked with a line.
pub(super) struct Mark {
    value: f64,
    name: String,
}

impl Mark {
    pub(super) fn new(value: f64, name: &str) -> Self {
        Self {
            value,
            name: name.to_owned(),
        }
    }
}

/// A plot of bars.
pub(super) struct Bars<'a> {
    pub(super) title: &'a str,
    pub(super) series: Vec<String>,
    pub(super) groups: Vec<Group>,
    /// Shows a value beside its bar and at the axis.
    pub(super) show: fn(f64) -> String,
    /// Whether equal distances are equal factors; then values below 1 have no bar.
    pub(super) logarithmic: bool,
    pub(super) marks: Vec<Mark>,
}

/// How values become places in the picture.
struct Scale {
    most: f64,
    logarithmic: bool,
    left: i32,
    width: i32,
}

impl Scale {
    fn x(&self, value: f64) -> i32 {
        let share = match self.logarithmic {
            true => value.max(1.0).log10() / self.most.log10(),
            false => value / self.most,
        };
        self.left + (share * f64::from(self.width)).round() as i32
    }

    fn ticks(&self) -> Vec<f64> {
        if self.logarithmic {
            let powers = (0..=12).map(|power| 10f64.powi(power));
            return powers.take_while(|value| *value <= self.most).collect();
        }
        let step = nice_step(self.most);
        let ticks = (0..=12).map(|number| f64::from(number) * step);
        ticks
            .take_while(|value| *value <= self.most * 1.000_001)
            .collect()
    }
}

/// Returns a step of 1, 2 or 5 times a power of ten, of which about five fit below a value.
fn nice_step(most: f64) -> f64 {
    let raw = most / 5.0;
    let power = 10f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|factor| factor * power >= raw)
        .unwrap_or(10.0);
    factor * power
}

impl Bars<'_> {
    /// Draws the plot; `None` if there is nothing to draw.
    pub(super) fn plot(&self, file: String) -> Result<Option<Plot>> {
        let values = || self.groups.iter().flat_map(|group| &group.values).flatten();
        let marked = self.marks.iter().map(|mark| mark.value);
        let most = values().copied().chain(marked).fold(0.0, f64::max);
        if values().next().is_none() || !most.is_finite() || most <= 0.0 {
            return Ok(None);
        }
        let mut svg = String::new();
        self.draw(&mut svg, most)
            .map_err(|error| anyhow!("the plot {file}: {error}"))?;
        Ok(Some(Plot::new(file, self.title, svg)))
    }

    fn draw(
        &self,
        svg: &mut String,
        most: f64,
    ) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        let of_group = BAR * self.series.len() as i32 + GAP;
        let body = of_group * self.groups.len() as i32;
        let height = TOP + body + BOTTOM;
        let root = SVGBackend::with_string(svg, (WIDTH, height as u32)).into_drawing_area();
        root.fill(&WHITE)?;
        let scale = Scale {
            most: if self.logarithmic {
                most.max(10.0)
            } else {
                most
            },
            logarithmic: self.logarithmic,
            left: NAMES,
            width: WIDTH as i32 - NAMES - RIGHT,
        };
        let text = |size: i32, color: &RGBColor, h: HPos, v: VPos| {
            (FONT, size).into_font().color(color).pos(Pos::new(h, v))
        };
        let title = text(16, &BLACK, HPos::Left, VPos::Center);
        root.draw(&Text::new(self.title.to_owned(), (12, 18), title))?;
        self.legend(&root)?;
        for tick in scale.ticks() {
            let x = scale.x(tick);
            root.draw(&PathElement::new([(x, TOP), (x, TOP + body)], GRID))?;
            let at = (x, TOP + body + 8);
            let style = text(11, &BLACK, HPos::Center, VPos::Top);
            root.draw(&Text::new((self.show)(tick), at, style))?;
        }
        for (number, group) in self.groups.iter().enumerate() {
            let top = TOP + of_group * number as i32 + GAP / 2;
            let middle = top + (of_group - GAP) / 2;
            let style = text(12, &BLACK, HPos::Right, VPos::Center);
            root.draw(&Text::new(group.name.clone(), (NAMES - 8, middle), style))?;
            for (at, value) in group.values.iter().enumerate() {
                let Some(value) = *value else { continue };
                let y = top + BAR * at as i32;
                let corners = [(scale.left, y), (scale.x(value), y + BAR - 2)];
                root.draw(&Rectangle::new(corners, self.color(at).filled()))?;
                let style = text(11, &BLACK, HPos::Left, VPos::Center);
                let place = (scale.x(value) + 4, y + BAR / 2);
                root.draw(&Text::new((self.show)(value), place, style))?;
            }
        }
        for mark in &self.marks {
            let x = scale.x(mark.value);
            root.draw(&PathElement::new([(x, TOP - 4), (x, TOP + body)], MARK))?;
        }
        root.present()
    }

    fn color(&self, series: usize) -> RGBColor {
        match self.series.len() {
            1 => SINGLE,
            _ => COLORS[series % COLORS.len()],
        }
    }

    /// Draws the names of the series and marks below the title.
    fn legend(
        &self,
        root: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    ) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        let series = self.series.iter().enumerate();
        let series = series.map(|(at, name)| (name, self.color(at)));
        let marks = self.marks.iter().map(|mark| (&mark.name, MARK));
        let mut x = NAMES;
        for (name, color) in series.chain(marks) {
            root.draw(&Rectangle::new([(x, 34), (x + 12, 44)], color.filled()))?;
            let style = (FONT, 12).into_font().color(&BLACK);
            let style = style.pos(Pos::new(HPos::Left, VPos::Center));
            root.draw(&Text::new(name.clone(), (x + 17, 39), style))?;
            x += 40 + 7 * name.chars().count() as i32;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(values: &[f64], logarithmic: bool) -> Bars<'static> {
        let groups = values.iter().map(|value| Group {
            name: format!("<{value}>"),
            values: vec![Some(*value)],
        });
        Bars {
            title: "A & B",
            series: vec!["one".to_owned()],
            groups: groups.collect(),
            show: |value| format!("{value:.0}"),
            logarithmic,
            marks: vec![Mark::new(50.0, "aim")],
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_value() {
        let scale = Scale {
            most: 200.0,
            logarithmic: false,
            left: 100,
            width: 400,
        };
        assert_eq!(
            [0.0, 50.0, 200.0].map(|value| scale.x(value)),
            [100, 200, 500]
        );
        assert_eq!(scale.ticks(), [0.0, 50.0, 100.0, 150.0, 200.0]);
        let scale = Scale {
            most: 10_000.0,
            logarithmic: true,
            ..scale
        };
        assert_eq!(
            [0.0, 1.0, 100.0, 10_000.0].map(|value| scale.x(value)),
            [100, 100, 300, 500]
        );
        assert_eq!(scale.ticks(), [1.0, 10.0, 100.0, 1_000.0, 10_000.0]);
    }

    #[test]
    fn steps_are_round_numbers() {
        let steps = [3.0, 7.0, 24_000.0, 0.9].map(nice_step);
        assert_eq!(
            steps.map(|step| (step * 10.0).round()),
            [10.0, 20.0, 50_000.0, 2.0]
        );
    }

    #[test]
    fn the_picture_has_all_names_and_values() {
        for logarithmic in [false, true] {
            let plot = bars(&[7.0, 70.0], logarithmic).plot("a.svg".to_owned());
            let plot = plot.expect("drawn").expect("a plot");
            assert!(plot.svg.starts_with("<svg"), "{}", plot.svg);
            assert!(plot.svg.trim_end().ends_with("</svg>"), "{}", plot.svg);
            for part in ["A &amp; B", "&lt;7&gt;", "&lt;70&gt;", "one", "aim"] {
                assert!(plot.svg.contains(part), "{part} in {}", plot.svg);
            }
        }
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert!(
            bars(&[], false)
                .plot("a.svg".to_owned())
                .expect("no error")
                .is_none()
        );
    }
}
