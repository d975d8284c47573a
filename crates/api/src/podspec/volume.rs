//! Volumes of a Pod.

use crate::{Text, Value};

/// A volume of a Pod. Only the sources on which a start can depend are typed.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct Volume {
    pub name: Text,
    pub persistent_volume_claim: Option<ClaimSource>,
    pub config_map: Option<NamedSource>,
    pub secret: Option<SecretSource>,
    pub projected: Option<Value>,
    pub empty_dir: Option<Value>,
    pub host_path: Option<Value>,
    pub ephemeral: Option<Value>,
    pub nfs: Option<Value>,
}

crate::fields! {
    Volume {
        name "name"
        persistent_volume_claim "persistentVolumeClaim"
        config_map "configMap"
        secret "secret"
        projected "projected"
        empty_dir "emptyDir"
        host_path "hostPath"
        ephemeral "ephemeral"
        nfs "nfs"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct ClaimSource {
    pub claim_name: Text,
    pub read_only: bool,
}

crate::fields! {
    ClaimSource {
        claim_name "claimName"
        read_only "readOnly"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct NamedSource {
    pub name: Text,
    pub optional: bool,
}

crate::fields! {
    NamedSource {
        name "name"
        optional "optional"
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "Kubernetes' own field names, documented there")]
pub struct SecretSource {
    pub secret_name: Text,
    pub optional: bool,
}

crate::fields! {
    SecretSource {
        secret_name "secretName"
        optional "optional"
    }
}
