//! What a ticket number has to look like.

/// Whether a ticket number looks as the pattern says: `#` stands for a digit, `?` for any character, `*` for any number of them,
/// everything else for itself, in capitals or not. Several patterns are separated by `|`.
///
/// A pattern of this sort is read at a glance, by whoever sets it and by whoever is refused, and none takes long to try.
pub fn fits(pattern: &str, number: &str) -> bool {
    let number: Vec<char> = number.trim().to_lowercase().chars().collect();
    pattern.split('|').any(|one| {
        let pattern: Vec<char> = one.trim().to_lowercase().chars().collect();
        matches(&pattern, &number)
    })
}

/// Tries again from the last `*` only: no pattern needs more.
fn matches(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut read, mut star) = (0, 0, None);
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&wanted) if is_meant(wanted, text[read]) => {
                at += 1;
                read += 1;
            }
            _ => match star {
                Some((before, taken)) => {
                    star = Some((before, taken + 1));
                    at = before + 1;
                    read = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&rest| rest == '*')
}

fn is_meant(wanted: char, found: char) -> bool {
    match wanted {
        '#' => found.is_ascii_digit(),
        '?' => true,
        wanted => wanted == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_fits_or_does_not() {
        for (pattern, number, expected) in [
            ("INC#######", "INC0012345", true),
            ("INC#######", "inc0012345", true),
            ("INC#######", "INC001234", false),
            ("INC#######", "INC00123456", false),
            ("INC#######", "CHG0012345", false),
            ("INC####### | CHG#######", "CHG0012345", true),
            ("OPS-*", "OPS-1", true),
            ("OPS-*", "OPS", false),
            ("*-#", "a-b-7", true),
            ("*-#", "a-b-", false),
            ("??#", "ab1", true),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("ÄB#", "äb1", true),
        ] {
            assert_eq!(fits(pattern, number), expected, "{pattern} {number}");
        }
    }

    #[test]
    fn the_worst_pattern_is_quick() {
        assert!(!fits(&"*a".repeat(100), &"a".repeat(99)));
        assert!(!fits(&format!("{}b", "*a".repeat(60)), &"a".repeat(200)));
    }

    proptest! {
        #[test]
        fn what_has_no_wildcard_fits_itself(text in "[a-zA-Z0-9-]{0,20}") {
            prop_assert!(fits(&text, &text));
            prop_assert!(fits("*", &text));
            prop_assert_eq!(fits(&format!("{text}#"), &text), false);
        }
    }
}
