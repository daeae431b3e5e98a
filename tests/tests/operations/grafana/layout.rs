//! What every dashboard and every panel has, and where it stands.

use std::collections::BTreeSet;

use tests::operations::grafana::all;

use super::{array, panels, text};

#[test]
fn every_dashboard_has_a_name_of_its_own_and_cannot_be_edited() {
    let mut seen = BTreeSet::new();
    for made in all() {
        let dashboard = &made.json;
        let uid = text(&dashboard["uid"]);
        assert!(seen.insert(uid.to_owned()) && seen.insert(text(&dashboard["title"]).to_owned()), "{uid} stands twice");
        assert!(uid.len() <= 40 && uid.starts_with(made.profile.tag()), "{uid}");
        assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39 && dashboard["editable"] == false, "{uid}");
        assert!(text(&dashboard["description"]).ends_with('.'), "{uid}");
        assert_eq!(dashboard["tags"], serde_json::json!([made.profile.tag()]), "{uid}");
        assert_eq!(dashboard["links"][0]["tags"], dashboard["tags"], "{uid} does not link the others");
    }
}

#[test]
fn every_panel_has_a_title_a_description_and_a_unit() {
    for made in all() {
        let mut titles = BTreeSet::new();
        for panel in panels(made) {
            let title = text(&panel["title"]);
            let place = format!("{}: {title}", made.path.display());
            assert!(!title.is_empty() && titles.insert(title.to_owned()), "{place} stands twice");
            let description = text(&panel["description"]);
            assert!(description.len() > 8 && description.ends_with('.'), "{place}: {description}");
            assert!(!text(&panel["fieldConfig"]["defaults"]["unit"]).is_empty(), "{place}");
            assert!(!array(&panel["targets"]).is_empty(), "{place}");
        }
    }
}

#[test]
fn panels_stand_on_the_grid_and_not_on_each_other() {
    for made in all() {
        let mut taken = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for panel in array(&made.json["panels"]) {
            let of = |name: &str| panel["gridPos"][name].as_u64().unwrap();
            let (x, y, w, h) = (of("x"), of("y"), of("w"), of("h"));
            let place = format!("{}: {}", made.path.display(), panel["title"]);
            assert!(w > 0 && h > 0 && x + w <= 24, "{place} is not on the grid");
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(taken.insert(cell), "{place} lies on another panel");
            }
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{place} has the id of another one");
        }
    }
}

#[test]
fn every_series_has_a_name_that_tells_it_apart() {
    for made in all() {
        for panel in panels(made).filter(|panel| panel["type"] != "table") {
            let legends: BTreeSet<_> =
                array(&panel["targets"]).iter().map(|target| text(&target["legendFormat"])).collect();
            let place = format!("{}: {}", made.path.display(), panel["title"]);
            assert!(legends.iter().all(|legend| !legend.is_empty()), "{place}");
            assert_eq!(legends.len(), array(&panel["targets"]).len(), "{place}: {legends:?}");
        }
    }
}
