//! What RFC 7643 says about the attributes this bridge has to treat specially: canonical names,
//! which are multi-valued, which compare exactly, which nobody may write. Attributes it does not
//! know are stored as they come.

/// Schema of core users.
pub(crate) const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Schema of core groups.
pub(crate) const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of users.
pub(crate) const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// This bridge's own extension: the role.
pub(crate) const OPENAI_URN: &str = "urn:ietf:params:scim:schemas:extension:openai:2.0:User";

/// The two kinds of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A person.
    User,
    /// A group of people.
    Group,
}

/// One attribute of a core schema, or of the enterprise extension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute {
    /// Canonical name.
    pub(crate) name: &'static str,
    /// Its type.
    pub(crate) shape: Shape,
    /// Whether it is a list.
    pub(crate) many: bool,
    /// What it is for, in a few words.
    pub(crate) about: &'static str,
}

/// Types as far as the bridge cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Text.
    Text,
    /// true or false.
    Flag,
    /// An address of something else.
    Reference,
    /// An object with these text sub-attributes.
    Complex(&'static [&'static str]),
}

const fn text(name: &'static str, about: &'static str) -> Attribute {
    Attribute {
        name,
        shape: Shape::Text,
        many: false,
        about,
    }
}

const fn list(name: &'static str, parts: &'static [&'static str], about: &'static str) -> Attribute {
    Attribute {
        name,
        shape: Shape::Complex(parts),
        many: true,
        about,
    }
}

const PLURAL: &[&str] = &["value", "display", "type", "primary"];

const USER: &[Attribute] = &[
    text("userName", "Unique name, compared without case."),
    Attribute {
        name: "name",
        shape: Shape::Complex(&[
            "formatted",
            "familyName",
            "givenName",
            "middleName",
            "honorificPrefix",
            "honorificSuffix",
        ]),
        many: false,
        about: "The parts of the person's name.",
    },
    text("displayName", "The name to show."),
    text("nickName", "A casual name."),
    Attribute {
        name: "profileUrl",
        shape: Shape::Reference,
        many: false,
        about: "A page about the person.",
    },
    text("title", "Job title."),
    text("userType", "Relationship to the organization."),
    text("preferredLanguage", "Preferred language."),
    text("locale", "Locale for formats."),
    text("timezone", "Time zone."),
    Attribute {
        name: "active",
        shape: Shape::Flag,
        many: false,
        about: "Whether the person has, or is invited to, access.",
    },
    text("password", "Accepted and thrown away."),
    list("emails", PLURAL, "E-mail addresses; the invite goes to one."),
    list("phoneNumbers", PLURAL, "Telephone numbers."),
    list("ims", PLURAL, "Instant messaging addresses."),
    list("photos", PLURAL, "Pictures."),
    list(
        "addresses",
        &[
            "formatted",
            "streetAddress",
            "locality",
            "region",
            "postalCode",
            "country",
            "type",
            "primary",
        ],
        "Postal addresses.",
    ),
    list(
        "groups",
        &["value", "$ref", "display", "type"],
        "The groups the person is in.",
    ),
    list("entitlements", PLURAL, "Entitlements; stored only."),
    list("roles", PLURAL, "Roles; the values owner and reader count."),
    list("x509Certificates", PLURAL, "Certificates; stored only."),
];

const GROUP: &[Attribute] = &[
    text("displayName", "Unique name, compared without case."),
    list(
        "members",
        &["value", "$ref", "display", "type"],
        "The people in the group.",
    ),
];

/// Attributes of the enterprise extension.
pub(crate) const ENTERPRISE: &[Attribute] = &[
    text("employeeNumber", "Number of the employee."),
    text("costCenter", "Cost center."),
    text("organization", "Organization."),
    text("division", "Division."),
    text("department", "Department."),
    Attribute {
        name: "manager",
        shape: Shape::Complex(&["value", "$ref", "displayName"]),
        many: false,
        about: "The person's manager.",
    },
];

impl Kind {
    /// The core schema.
    pub(crate) fn urn(self) -> &'static str {
        match self {
            Self::User => USER_URN,
            Self::Group => GROUP_URN,
        }
    }

    /// `User` or `Group`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The path segment of the endpoint.
    pub(crate) fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    /// The attributes of the core schema, without the common ones.
    pub(crate) fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
        }
    }

    /// The attribute a client has to give.
    pub(crate) fn required(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
        }
    }

    /// The core attribute of that name, in any case.
    pub(crate) fn attribute(self, name: &str) -> Option<&'static Attribute> {
        find(self.attributes(), name)
    }

    /// Whether clients may not write the attribute.
    pub(crate) fn is_read_only(self, name: &str) -> bool {
        ["id", "meta"].into_iter().any(|fixed| fixed.eq_ignore_ascii_case(name))
            || (self == Self::User && name.eq_ignore_ascii_case("groups"))
    }

    /// Whether the attribute lives in the enterprise extension although it came without its URN.
    pub(crate) fn is_enterprise(self, name: &str) -> bool {
        self == Self::User && self.attribute(name).is_none() && find(ENTERPRISE, name).is_some()
    }
}

/// The attribute of that name, in any case.
fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// Whether text under this attribute compares with its case (RFC 7643 §§3.1, 7).
pub(crate) fn is_case_exact(attribute: &str, sub: Option<&str>) -> bool {
    let is = |name: &str| attribute.eq_ignore_ascii_case(name);
    let part = |name: &str| sub.is_some_and(|sub| sub.eq_ignore_ascii_case(name));
    is("id")
        || is("externalId")
        || is("meta")
        || part("$ref")
        || ((is("members") || is("groups") || is("manager")) && (sub.is_none() || part("value")))
}
