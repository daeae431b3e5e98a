//! A receiver whose certificate is not trusted, until it has one that is.

use tachograph_pipeline::Pem;
use tachograph_testing::otlp::{Authority, OtlpServer, Signal};

use crate::balance::{health_of, watched};
use crate::rig::{BRISK, PROTOCOLS, Rig};
use crate::side_by_side::side_by_side;

#[test]
fn a_wrong_root_loses_everything_for_one_reason_and_the_right_one_nothing() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    side_by_side(PROTOCOLS, |protocol| {
        let server = || OtlpServer::builder().with_tls(&ours.server(&["localhost", "127.0.0.1"])).start();
        let root = Pem::text(other.certificate_pem());
        let rig = Rig::with(server(), protocol, BRISK, |builder| builder.with_otlp_certificate(root));
        rig.record(0, 5);
        let report = watched(&rig, || rig.flush());
        assert!(report.into_result().is_err());
        let health = rig.pipeline.health();
        for signal in Signal::ALL {
            let it = health_of(&health, signal);
            assert_eq!((it.exported, it.failed.total()), (0, it.created), "{protocol}, {signal}: {it:?}");
        }
        let counts = rig.server.counts();
        assert!(counts.failed_handshakes > 0 && counts.accepted() == 0, "{protocol}: {counts:?}");
        rig.end();

        let root = Pem::text(ours.certificate_pem());
        let rig = Rig::with(server(), protocol, &[], |builder| builder.with_otlp_certificate(root));
        rig.record(0, 5);
        let report = watched(&rig, || rig.end()).into_result().unwrap();
        assert_eq!((report.traces.exported, report.logs.exported), (5, 5), "{protocol}: {report}");
        assert_eq!(rig.server.counts().failed_handshakes, 0, "{protocol}");
    });
}
