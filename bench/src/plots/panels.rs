//! A plot of several small panels side by side, each with the same lines for another operation.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::bars::COLORS;
use super::plot::Plot;

const COLUMNS: usize = 4;
const PANEL: (u32, u32) = (290, 230);
const HEAD: u32 = 56;
const FONT: &str = "sans-serif";

/// A line of a panel.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

impl Line {
    /// Returns a line without points.
    pub(super) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            points: Vec::new(),
        }
    }
}

/// One panel.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    pub(super) name: String,
    pub(super) lines: Vec<Line>,
}

/// The panels of a plot.
pub(super) struct Panels<'a> {
    pub(super) title: &'a str,
    pub(super) x_name: &'a str,
    pub(super) panels: Vec<Panel>,
    pub(super) show_x: fn(f64) -> String,
    pub(super) show_y: fn(f64) -> String,
    /// Whether equal heights are equal factors. Values are above 0 then, else the axis begins at 0.
    pub(super) logarithmic: bool,
}

impl Panels<'_> {
    /// Draws the plot; `None` if there is nothing to draw.
    pub(super) fn plot(&self, file: String) -> Result<Option<Plot>> {
        if self
            .panels
            .iter()
            .all(|panel| self.points(panel).is_empty())
        {
            return Ok(None);
        }
        let mut svg = String::new();
        self.draw(&mut svg)
            .map_err(|error| anyhow!("the plot {file}: {error}"))?;
        Ok(Some(Plot::new(file, self.title, svg)))
    }

    fn draw(&self, svg: &mut String) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        let rows = self.panels.len().div_ceil(COLUMNS);
        let size = (
            PANEL.0 * COLUMNS.min(self.panels.len()) as u32,
            HEAD + PANEL.1 * rows as u32,
        );
        let root = SVGBackend::with_string(svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        let (head, body) = root.split_vertically(HEAD);
        let style = |size: i32| (FONT, size).into_font().color(&BLACK);
        head.draw(&Text::new(self.title.to_owned(), (12, 8), style(16)))?;
        let lines = self.panels.first().map(|panel| panel.lines.as_slice());
        let mut x = 12;
        for (at, line) in lines.unwrap_or_default().iter().enumerate() {
            head.draw(&Rectangle::new([(x, 36), (x + 12, 46)], color(at).filled()))?;
            head.draw(&Text::new(line.name.clone(), (x + 17, 35), style(12)))?;
            x += 40 + 7 * line.name.chars().count() as i32;
        }
        head.draw(&Text::new(
            format!("from left to right: {}", self.x_name),
            (x, 35),
            style(12),
        ))?;
        let columns = COLUMNS.min(self.panels.len());
        let areas = body.split_evenly((rows, columns));
        for (panel, area) in self.panels.iter().zip(&areas) {
            self.panel(panel, area)?;
        }
        root.present()
    }

    /// Returns the points as they are drawn.
    fn points(&self, panel: &Panel) -> Vec<(f64, f64)> {
        let points = panel.lines.iter().flat_map(|line| &line.points);
        points.filter_map(|point| self.placed(*point)).collect()
    }

    fn placed(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        match self.logarithmic {
            true => (y > 0.0).then(|| (x, y.log10())),
            false => Some((x, y)),
        }
    }

    fn panel(
        &self,
        panel: &Panel,
        area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    ) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        let points = self.points(panel);
        if points.is_empty() {
            return Ok(());
        }
        let range = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::MAX, f64::MIN), |(least, most), value| {
                (least.min(value), most.max(value))
            })
        };
        let (left, right) = range(&mut points.iter().map(|point| point.0));
        let (low, high) = range(&mut points.iter().map(|point| point.1));
        // A single point needs some room, too.
        let wide = if right > left {
            (right - left) * 0.06
        } else {
            1.0
        };
        let (bottom, top) = match self.logarithmic {
            true => ((low - 0.05).floor(), (high + 0.05).ceil()),
            false => (0.0, high * 1.08),
        };
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .caption(&panel.name, (FONT, 13))
            .x_label_area_size(22)
            .y_label_area_size(46)
            .build_cartesian_2d(left - wide..right + wide, bottom..top)?;
        let labels = if self.logarithmic {
            (top - bottom) as usize + 1
        } else {
            5
        };
        let (show_x, show_y) = (self.show_x, self.show_y);
        let logarithmic = self.logarithmic;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(0)
            .y_labels(labels)
            .y_label_formatter(&|y| show_y(if logarithmic { 10f64.powf(*y) } else { *y }))
            .label_style((FONT, 11))
            .draw()?;
        for (at, line) in panel.lines.iter().enumerate() {
            let points: Vec<_> = line
                .points
                .iter()
                .filter_map(|point| self.placed(*point))
                .collect();
            let style = color(at).stroke_width(2);
            chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
            let dots = points
                .iter()
                .map(|point| Circle::new(*point, 3, color(at).filled()));
            chart.draw_series(dots)?;
        }
        // A label at each place where something was measured.
        let mut places: Vec<f64> = points.iter().map(|point| point.0).collect();
        places.sort_unstable_by(f64::total_cmp);
        places.dedup();
        let (_, of_labels) = chart.plotting_area().get_pixel_range();
        let (area_left, area_top) = area.get_base_pixel();
        for x in places {
            let (pixel, _) = chart.backend_coord(&(x, bottom));
            let text = show_x(x);
            let half = 3 * text.chars().count() as i32;
            let at = (pixel - area_left - half, of_labels.end - area_top + 6);
            let style = (FONT, 11).into_font().color(&BLACK);
            area.draw(&Text::new(text, at, style))?;
        }
        Ok(())
    }
}

fn color(line: usize) -> RGBColor {
    COLORS[line % COLORS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panels(logarithmic: bool, points: &[(f64, f64)]) -> Panels<'static> {
        let panel = |name: &str| Panel {
            name: name.to_owned(),
            lines: vec![Line {
                name: "p50".to_owned(),
                points: points.to_vec(),
            }],
        };
        Panels {
            title: "Times",
            x_name: "connections",
            panels: (0..5)
                .map(|number| panel(&format!("call {number}")))
                .collect(),
            show_x: |x| format!("x{x:.0}"),
            show_y: |y| format!("y{y:.1}"),
            logarithmic,
        }
    }

    #[test]
    fn each_panel_has_its_name_and_the_places_that_were_measured() {
        for logarithmic in [false, true] {
            let plot = panels(logarithmic, &[(1.0, 2.0), (64.0, 300.0)]).plot("a.svg".to_owned());
            let svg = plot.expect("drawn").expect("a plot").svg;
            for part in ["Times", "call 0", "call 4", "x1\n", "x64\n", "p50"] {
                assert!(svg.contains(part), "{part} in {svg}");
            }
            assert!(svg.matches("<polyline").count() >= 5, "{svg}");
        }
    }

    #[test]
    fn one_point_is_drawn_and_none_is_not() {
        let one = panels(true, &[(64.0, 0.5)]).plot("a.svg".to_owned());
        assert!(one.expect("drawn").expect("a plot").svg.contains("x64"));
        let zero = panels(true, &[(64.0, 0.0)]).plot("a.svg".to_owned());
        assert!(zero.expect("no error").is_none());
        assert!(
            panels(false, &[])
                .plot("a.svg".to_owned())
                .expect("no error")
                .is_none()
        );
    }
}
