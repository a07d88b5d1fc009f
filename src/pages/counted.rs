//! Numbers of things, as people say them.

/// So many of something: `1 role`, `2 roles`.
pub fn counted(count: usize, thing: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{ending}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_not_several() {
        assert_eq!(counted(0, "role"), "0 roles");
        assert_eq!(counted(1, "role"), "1 role");
        assert_eq!(counted(2, "role"), "2 roles");
    }
}
