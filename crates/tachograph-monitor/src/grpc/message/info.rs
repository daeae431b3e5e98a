//! Application and machine.

use super::{super::generated as message, seconds, unix_timestamp};
use crate::info::{AppInfo, CpuInfo, DiskInfo, Info, MemoryInfo};

// Taken apart, so that a field that is added is not forgotten here.
impl From<&Info> for message::Info {
    fn from(info: &Info) -> Self {
        let Info { timestamp, app, uptime_seconds, cpu, memory, disk } = info;
        let AppInfo { name, version, environment } = app.clone();
        let &CpuInfo { percent, count } = cpu;
        Self {
            timestamp: unix_timestamp(*timestamp),
            app: Some(message::AppInfo { name, version, environment }),
            uptime: seconds(*uptime_seconds),
            cpu: Some(message::CpuInfo { percent, count }),
            memory: Some(memory.into()),
            disk: Some(disk.into()),
        }
    }
}

impl From<&MemoryInfo> for message::MemoryInfo {
    fn from(memory: &MemoryInfo) -> Self {
        let &MemoryInfo { total_gb, available_gb, used_gb, percent } = memory;
        Self { total_gb, available_gb, used_gb, percent }
    }
}

impl From<&DiskInfo> for message::DiskInfo {
    fn from(disk: &DiskInfo) -> Self {
        let &DiskInfo { total_gb, used_gb, free_gb, percent } = disk;
        Self { total_gb, used_gb, free_gb, percent }
    }
}
