//! Undoes `Content-Encoding`, as far as the identity providers ask for one: gzip and deflate. Stops at the limit, so a
//! small answer cannot become a large one.

use std::io::Read;

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use crate::exchange::WireTrouble;

/// The body without its encodings.
pub(crate) fn body(headers: &HeaderMap, mut body: Bytes, limit: u64) -> Result<Bytes, WireTrouble> {
    if body.is_empty() {
        return Ok(body);
    }
    for encoding in encodings(headers).iter().rev() {
        body = match encoding.as_str() {
            "identity" => body,
            "gzip" | "x-gzip" => inflate("gzip", MultiGzDecoder::new(&body[..]), limit)?,
            "deflate" if is_zlib(&body) => inflate("deflate", ZlibDecoder::new(&body[..]), limit)?,
            // RFC 9110 §8.4.1.2 wants the zlib wrapper and notes that some leave it out.
            "deflate" => inflate("deflate", DeflateDecoder::new(&body[..]), limit)?,
            other => {
                return Err(WireTrouble::NotHttp(format!(
                    "it is encoded as `{}`, which the request did not ask for",
                    other.escape_debug()
                )));
            }
        };
    }
    Ok(body)
}

/// In the order they were applied.
fn encodings(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| {
            let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
            value.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

fn inflate(name: &str, decoder: impl Read, limit: u64) -> Result<Bytes, WireTrouble> {
    let mut plain = Vec::new();
    match decoder.take(limit.saturating_add(1)).read_to_end(&mut plain) {
        Ok(_) if plain.len() as u64 > limit => Err(WireTrouble::TooLarge(limit)),
        Ok(_) => Ok(Bytes::from(plain)),
        Err(error) => Err(WireTrouble::NotHttp(format!(
            "it claims to be {name} but is not ({error})"
        ))),
    }
}

/// RFC 1950 §2.2: the method is 8, and the first two bytes are a multiple of 31.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use rstest::rstest;

    use super::*;

    fn headers(values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_ENCODING, value.parse().unwrap());
        }
        headers
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn raw_deflate(plain: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[rstest]
    #[case::none(&[], b"{}".to_vec())]
    #[case::identity(&["identity"], b"{}".to_vec())]
    #[case::gzip(&["gzip"], gzip(b"{}"))]
    #[case::any_case(&["GZip"], gzip(b"{}"))]
    #[case::old_name(&["x-gzip"], gzip(b"{}"))]
    #[case::zlib(&["deflate"], zlib(b"{}"))]
    #[case::bare_deflate(&["deflate"], raw_deflate(b"{}"))]
    #[case::twice_in_one_header(&["deflate, gzip"], gzip(&zlib(b"{}")))]
    #[case::twice_in_two_headers(&["deflate", "gzip"], gzip(&zlib(b"{}")))]
    fn undoes(#[case] encodings: &[&'static str], #[case] encoded: Vec<u8>) {
        assert_eq!(body(&headers(encodings), Bytes::from(encoded), 100).unwrap(), "{}");
    }

    #[test]
    fn leaves_an_empty_body_alone() {
        assert_eq!(body(&headers(&["gzip"]), Bytes::new(), 100).unwrap(), "");
    }

    #[test]
    fn stops_at_the_limit_and_not_before() {
        let bomb = Bytes::from(gzip(&vec![0; 10_000_000]));
        assert!(bomb.len() < 20_000, "{} is no bomb", bomb.len());
        assert_eq!(
            body(&headers(&["gzip"]), bomb.clone(), 9_999_999),
            Err(WireTrouble::TooLarge(9_999_999))
        );
        assert_eq!(body(&headers(&["gzip"]), bomb, 10_000_000).unwrap().len(), 10_000_000);
    }

    #[rstest]
    #[case::not_gzip("gzip", b"{\"a\":1}")]
    #[case::cut_short("gzip", &[0x1f, 0x8b, 8, 0, 0])]
    #[case::unknown("br", b"abc")]
    fn says_what_is_wrong(#[case] encoding: &'static str, #[case] encoded: &'static [u8]) {
        let trouble = body(&headers(&[encoding]), Bytes::from_static(encoded), 100).unwrap_err();
        assert!(
            matches!(&trouble, WireTrouble::NotHttp(text) if text.contains(encoding)),
            "{trouble}"
        );
    }
}
