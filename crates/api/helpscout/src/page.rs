//! Paging (contract section 3): `page` starts at 1. The links to other pages repeat the other query parameters.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;
use crate::fault::code;
use crate::parameter;
use crate::wire::{Link, PageLinks, PageNumbers};
use heddle_http::members::Problem;
use heddle_http::query::Query;

/// The characters to escape in a query: everything that RFC 3986 does not allow there, and `&`, `=` and `+`.
pub(crate) const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b',')
    .remove(b'/');

/// The parameter of `next` links that says where the page begins.
pub(crate) const POSITION: &str = "position";
/// Between the parts of a position.
const BETWEEN: char = '_';
/// The parameters that each link has with another value.
const OF_LINKS: [&str; 2] = ["page", POSITION];

/// Writes a text as a part of a position.
pub(crate) fn text_part(text: &str) -> String {
    BASE64_STANDARD_NO_PAD.encode(text)
}

/// Reads the text of a part of a position.
pub(crate) fn text_of(part: &str) -> Option<String> {
    let text = BASE64_STANDARD_NO_PAD.decode(part).ok()?;
    let text = String::from_utf8(text).ok()?;
    Some(text).filter(|text| !text.contains('\0'))
}

/// The page that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageRequest {
    pub(crate) number: i64,
    /// The other query parameters, encoded, each name once: clients follow a `next` link and send their filters again,
    /// which must not make the link longer.
    others: String,
}

impl PageRequest {
    /// Reads the parameter `page`, which is 1 by default.
    pub(crate) fn read(query: &Query) -> Result<Self, Error> {
        let asked = parameter::value(query, "page")?.unwrap_or("1");
        let number = asked.parse().ok().filter(|number| *number >= 1);
        let number = number.ok_or_else(|| {
            let rule = Problem::Rule(code::PAGE, "must be a number from 1 on".into());
            parameter::wrong("page", asked, rule)
        })?;
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in query.pairs() {
            if !OF_LINKS.contains(&name) && !names.contains(&name) {
                names.push(name);
            }
        }
        let pair = |name: &&str| {
            let value = query.last(name).unwrap_or_default();
            let encode = |text| utf8_percent_encode(text, IN_QUERY);
            format!("{}={}", encode(name), encode(value))
        };
        let others = names.iter().map(pair).collect::<Vec<_>>().join("&");
        Ok(Self { number, others })
    }

    /// Writes the position of the next page: the number of the page and the given parts.
    pub(crate) fn next_position(&self, parts: &[String]) -> String {
        let number = self.number.saturating_add(1).to_string();
        let parts = std::iter::once(&number).chain(parts);
        parts
            .cloned()
            .collect::<Vec<_>>()
            .join(&BETWEEN.to_string())
    }

    /// Reads the position, if the request has one for this page; `read` understands the parts after the number. A position for
    /// another page is left out, because the client changed the number in the link and asks for that page.
    pub(crate) fn position<T>(
        &self,
        query: &Query,
        read: impl FnOnce(&[&str]) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(text) = parameter::value(query, POSITION)? else {
            return Ok(None);
        };
        let parts: Vec<&str> = text.split(BETWEEN).collect();
        let number = parts[0].parse::<i64>().ok();
        match number.and_then(|number| Some((number, read(&parts[1..])?))) {
            Some((number, place)) => Ok(Some(place).filter(|_| number == self.number)),
            None => {
                let rule = Problem::Rule(code::PAGE, "is no position in this list".into());
                Err(parameter::wrong(POSITION, text, rule))
            }
        }
    }

    /// Returns how many items the pages before this one have.
    pub(crate) const fn skipped(&self, size: i64) -> i64 {
        (self.number - 1).saturating_mul(size)
    }

    /// Returns the items of the page.
    pub(crate) fn slice<T>(&self, size: i64, all: Vec<T>) -> impl Iterator<Item = T> {
        let skipped = usize::try_from(self.skipped(size));
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let rest = all.into_iter().skip(skipped.unwrap_or(usize::MAX));
        rest.take(size)
    }

    /// Returns the `page` object for pages of `size` items out of `total`.
    pub(crate) fn numbers(&self, size: i64, total: i64) -> PageNumbers {
        PageNumbers {
            size,
            total_elements: total,
            total_pages: (total + size - 1) / size,
            number: self.number,
        }
    }

    /// Returns the links of a page of the collection at `url`. The URL ends with a slash.
    pub(crate) fn links(&self, url: &str, numbers: PageNumbers) -> PageLinks {
        let last = numbers.total_pages.max(1);
        let number = numbers.number;
        PageLinks {
            this: if number == 1 {
                Link::to(self.plain(url))
            } else {
                self.to(url, number)
            },
            first: self.to(url, 1),
            previous: (number > 1).then(|| self.to(url, (number - 1).min(last))),
            next: (number < last).then(|| self.to(url, number + 1)),
            last: self.to(url, last),
            page: self.template(url),
        }
    }

    /// Returns the links of a page of a list that knows whether another page follows. The link to it carries one more
    /// parameter, so that the next page begins exactly behind this one.
    pub(crate) fn walk_links(
        &self,
        url: &str,
        numbers: PageNumbers,
        position: Option<String>,
    ) -> PageLinks {
        let next = position.map(|position| {
            let link = self.to(url, self.number.saturating_add(1));
            let value = utf8_percent_encode(&position, IN_QUERY);
            Link::to(format!("{}&{POSITION}={value}", link.href))
        });
        PageLinks {
            next,
            ..self.links(url, numbers)
        }
    }

    fn plain(&self, url: &str) -> String {
        match self.others.as_str() {
            "" => url.to_owned(),
            others => format!("{url}?{others}"),
        }
    }

    fn to(&self, url: &str, number: i64) -> Link {
        let separator = if self.others.is_empty() { '?' } else { '&' };
        Link::to(format!("{}{separator}page={number}", self.plain(url)))
    }

    fn template(&self, url: &str) -> Link {
        let variable = if self.others.is_empty() {
            "{?page}"
        } else {
            "{&page}"
        };
        Link::template(format!("{}{variable}", self.plain(url)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(query: &str) -> PageRequest {
        PageRequest::read(&Query::parse(query)).expect("a page")
    }

    fn hrefs(links: &PageLinks) -> Vec<(&'static str, &str)> {
        let optional = |link: &'_ Option<Link>| link.is_some();
        let mut list = vec![
            ("self", links.this.href.as_str()),
            ("first", &links.first.href),
        ];
        if optional(&links.previous) {
            list.extend(links.previous.iter().map(|l| ("previous", l.href.as_str())));
        }
        list.extend(links.next.iter().map(|l| ("next", l.href.as_str())));
        list.push(("last", &links.last.href));
        list.push(("page", &links.page.href));
        list
    }

    #[test]
    fn the_first_of_three_pages() {
        let page = page("");
        let numbers = page.numbers(50, 120);
        assert_eq!((numbers.total_pages, numbers.number), (3, 1));
        let links = page.links("/t/", numbers);
        assert!(links.page.templated && !links.this.templated);
        assert_eq!(
            hrefs(&links),
            [
                ("self", "/t/"),
                ("first", "/t/?page=1"),
                ("next", "/t/?page=2"),
                ("last", "/t/?page=3"),
                ("page", "/t/{?page}"),
            ]
        );
    }

    #[test]
    fn links_carry_the_other_parameters_once() {
        let page = page("status=all&page=2&tag=a%20b%26&status=closed");
        let links = page.links("/t/", page.numbers(50, 120));
        let rest = "status=closed&tag=a%20b%26";
        assert_eq!(
            hrefs(&links),
            [
                ("self", format!("/t/?{rest}&page=2").as_str()),
                ("first", &format!("/t/?{rest}&page=1")),
                ("previous", &format!("/t/?{rest}&page=1")),
                ("next", &format!("/t/?{rest}&page=3")),
                ("last", &format!("/t/?{rest}&page=3")),
                ("page", &format!("/t/?{rest}{{&page}}")),
            ]
        );
    }

    #[test]
    fn an_empty_collection_has_a_first_page() {
        let page = page("");
        let numbers = page.numbers(50, 0);
        assert_eq!((numbers.total_pages, numbers.number), (0, 1));
        let links = page.links("/t/", numbers);
        assert!(links.next.is_none() && links.previous.is_none());
        assert_eq!(links.last.href, "/t/?page=1");
    }

    #[test]
    fn beyond_the_end_previous_is_the_last_page() {
        let page = page("page=9");
        let links = page.links("/t/", page.numbers(50, 120));
        assert!(links.next.is_none());
        assert_eq!(
            links.previous.map(|l| l.href).as_deref(),
            Some("/t/?page=3")
        );
    }

    #[test]
    fn wrong_page_numbers_are_refused() {
        for page in ["0", "-1", "x", "1.5", "99999999999999999999"] {
            let query = Query::parse(format!("page={page}"));
            let Err(Error::Query(fault)) = PageRequest::read(&query) else {
                panic!("{page}");
            };
            assert_eq!(fault.path.as_str(), "page");
        }
    }

    #[test]
    fn an_empty_number_counts_as_absent() {
        for query in ["page=", "page=3&page=", "page=+&position="] {
            let page = page(query);
            assert_eq!(page.number, 1, "{query}");
            let place = page.position(&Query::parse(query), |_| Some(()));
            assert_eq!(place.expect("a position"), None, "{query}");
        }
    }

    proptest! {
        #[test]
        fn following_next_visits_every_page_once(total in 0_i64..2_000, size in 1_i64..100) {
            let mut request = page("a=b");
            let mut seen = 0;
            loop {
                let numbers = request.numbers(size, total);
                seen += (total - (request.number - 1) * size).clamp(0, size);
                let Some(next) = request.links("/t/", numbers).next else { break };
                let query = next.href.split_once('?').expect("a query").1.to_owned();
                request = page(&query);
            }
            prop_assert_eq!(seen, total);
        }
    }
}
