//! The file of `--settings`: how the mock is to behave, and the trouble it is to make.
//!
//! Two layouts. With settings only they stand at the top level; with anything else they are a
//! table `[settings]` beside `fault_preset` and any number of `[[faults]]`:
//!
//! ```toml
//! fault_preset = "hostile"
//!
//! [settings]
//! last_owner = "allow"
//!
//! [[faults]]
//! operation = "inviteUser"
//! hits = { nth = 3 }
//! phase = "after"
//! action = { status = { status = 500 } }
//! ```

use serde::Deserialize;

use crate::fault::FaultRule;
use crate::fault::preset::FaultPreset;
use crate::settings::Settings;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) settings: Settings,
    pub(super) faults: Vec<FaultRule>,
    pub(super) fault_preset: Option<FaultPreset>,
}

impl File {
    /// Reads TOML in either layout.
    pub(super) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let table: toml::Table = toml::from_str(text)?;
        // None of these names a setting.
        let is_layered = ["settings", "faults", "fault_preset"]
            .iter()
            .any(|name| table.contains_key(*name));
        if is_layered {
            return toml::from_str(text);
        }
        let settings = toml::from_str(text)?;
        Ok(Self {
            settings,
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LastOwner;

    #[test]
    fn settings_alone_need_no_table() {
        let file = File::parse("last_owner = \"allow\"\n").unwrap();
        assert_eq!(file.settings.last_owner, LastOwner::Allow);
        assert_eq!(file, File::parse("[settings]\nlast_owner = \"allow\"\n").unwrap());
        assert_eq!(File::parse("").unwrap(), File::default());
    }

    #[test]
    fn faults_stand_beside_settings() {
        let text = "fault_preset = \"hostile\"\n[settings]\nlast_owner = \"allow\"\n\
            [[faults]]\noperation = \"inviteUser\"\nhits = { nth = 3 }\nphase = \"after\"\n\
            action = { status = { status = 500 } }\n\
            [[faults]]\naddress = \"GET /organization/**\"\naction = { delay_ms = { uniform = [5, 50] } }\n";
        let file = File::parse(text).unwrap();
        assert_eq!(file.fault_preset, Some(FaultPreset::Hostile));
        let rules: Vec<_> = file.faults.iter().map(FaultRule::to_string).collect();
        assert_eq!(
            rules,
            [
                "inviteUser=500:nth(3):after",
                "GET /organization/**=delay(5ms..50ms):always:before"
            ]
        );
    }

    #[test]
    fn the_layouts_do_not_mix() {
        let error = File::parse("last_owner = \"allow\"\nfault_preset = \"hostile\"\n").unwrap_err();
        insta::assert_snapshot!(error.to_string(), @r#"
        TOML parse error at line 1, column 1
          |
        1 | last_owner = "allow"
          | ^^^^^^^^^^
        unknown field `last_owner`, expected one of `settings`, `faults`, `fault_preset`
        "#);
    }
}
