//! Who the application is.

use tachograph_pipeline::{Builder, Settings};

use crate::builder;

#[test]
fn the_application_is_what_its_resource_says() {
    let variables = [("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging,service.version=1")];
    for disabled in [false, true] {
        let pipeline = builder(&variables).with_service_version("2.1.0").with_disabled(disabled).build().unwrap();
        let application = pipeline.application();
        assert_eq!((application.name.as_str(), application.version.as_deref()), ("test", Some("2.1.0")));
        assert_eq!(application.environment.as_deref(), Some("staging"));
    }
}

#[test]
fn an_application_that_says_nothing_has_the_name_of_its_executable() {
    let pipeline = Builder::new().with_settings(Settings::default()).with_disabled(true).build().unwrap();
    let application = pipeline.application();
    assert!(application.name.starts_with("unknown_service:pipeline"), "{application:?}");
    assert_eq!((&application.version, &application.environment), (&None, &None));
}
