//! The runtimes that an application may have, and how it waits for a pipeline on them.

use std::future::Future;
use std::sync::Arc;

use tachograph_pipeline::ShutdownReport;
use tokio::runtime::Builder;

use crate::rig::{LONG, Rig};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Flavour {
    /// No runtime at all: the calls that block.
    Blocking,
    /// An executor that is not tokio's.
    OtherExecutor,
    CurrentThread,
    MultiThread,
    /// From a task on the only worker there is.
    OneWorker,
    /// The same, and the task blocks that worker.
    OneWorkerBlocked,
}

impl Flavour {
    /// Runs work as an application does that is of this flavour.
    pub(crate) fn run<T: Send + 'static>(self, work: impl Future<Output = T> + Send + 'static) -> T {
        let multi = |workers| Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap();
        match self {
            Self::Blocking | Self::OtherExecutor => futures_executor::block_on(work),
            Self::CurrentThread => Builder::new_current_thread().enable_all().build().unwrap().block_on(work),
            Self::MultiThread => multi(2).block_on(work),
            Self::OneWorker | Self::OneWorkerBlocked => {
                let runtime = multi(1);
                runtime.block_on(runtime.spawn(work)).unwrap()
            }
        }
    }

    fn blocks(self) -> bool {
        matches!(self, Self::Blocking | Self::OneWorkerBlocked)
    }

    pub(crate) async fn flush(self, rig: &Arc<Rig>) -> ShutdownReport {
        match self.blocks() {
            true => rig.pipeline.force_flush_blocking(LONG),
            false => rig.pipeline.force_flush(LONG).await,
        }
    }

    pub(crate) async fn shut_down(self, rig: &Arc<Rig>) -> ShutdownReport {
        match self.blocks() {
            true => rig.pipeline.shutdown_blocking(LONG),
            false => rig.pipeline.shutdown(LONG).await,
        }
    }
}
