//! Is there room?

use std::path::Path;

use super::Verdict;

pub(super) fn free_space(path: &Path, min_free_percent: f64) -> Verdict {
    match fs4::statvfs(path) {
        Ok(disk) => judge(path, disk.available_space(), disk.total_space(), min_free_percent),
        Err(error) => Verdict::unhealthy(format_args!("the disk of {} cannot be asked: {error}", path.display())),
    }
}

#[allow(clippy::cast_precision_loss, reason = "bytes in the petabytes are told in percent")]
fn judge(path: &Path, available: u64, total: u64, min_free_percent: f64) -> Verdict {
    if total == 0 {
        return Verdict::unhealthy(format_args!("the disk of {} has no size", path.display()));
    }
    let free = 100.0 * available as f64 / total as f64;
    let told = format!("{free:.1} % of the disk of {} is free", path.display());
    if free < min_free_percent {
        Verdict::unhealthy(format_args!("{told} (less than {min_free_percent} %)"))
    } else {
        Verdict::healthy().with_message(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HealthStatus;

    #[test]
    fn less_than_the_least_is_unhealthy() {
        let path = Path::new("/data");
        assert_eq!(
            judge(path, 95, 1000, 10.0),
            Verdict::unhealthy("9.5 % of the disk of /data is free (less than 10 %)")
        );
        let enough = Verdict::healthy().with_message("10.0 % of the disk of /data is free");
        assert_eq!(judge(path, 100, 1000, 10.0), enough);
        assert_eq!(judge(path, 0, 0, 0.0), Verdict::unhealthy("the disk of /data has no size"));
    }

    #[test]
    fn the_disk_of_a_path_is_asked() {
        let told = free_space(&std::env::temp_dir(), 0.0);
        assert_eq!(told.status(), HealthStatus::Healthy, "{told:?}");
        assert!(told.message().ends_with("is free"), "{told:?}");
        let missing = free_space(Path::new("/there/is/no/such/path"), 0.0);
        assert_eq!(missing.status(), HealthStatus::Unhealthy);
        assert!(missing.message().starts_with("the disk of /there/is/no/such/path cannot be asked: "), "{missing:?}");
    }
}
