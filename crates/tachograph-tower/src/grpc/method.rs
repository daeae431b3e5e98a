//! The method of a call, from its path.

/// Longest name of a method, in bytes.
pub(super) const MAX_BYTES: usize = 255;

/// `pkg.Service/Method` of `/pkg.Service/Method`; `None` for any other path.
pub(super) fn of_path(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    let (service, method) = name.split_once('/')?;
    let is_whole = !service.is_empty() && !method.is_empty() && !method.contains('/');
    is_whole.then_some(name)
}

/// `pkg.Service` of `pkg.Service/Method`.
pub(super) fn service(name: &str) -> &str {
    name.split_once('/').map_or(name, |(service, _)| service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_two_parts_is_a_method() {
        assert_eq!(of_path("/pkg.Service/Method"), Some("pkg.Service/Method"));
        assert_eq!(of_path("/S/m").map(service), Some("S"));
        for bad in ["", "/", "//", "/S", "/S/", "//m", "S/m", "/S/m/", "/S/m/x", "*"] {
            assert_eq!(of_path(bad), None, "{bad:?}");
        }
    }
}
