//! The profile of an inbox. Its `ETag` is the inbox's, because it has no version of its own.

use heddle_domain::id::InboxId;
use heddle_domain::inbox_profile::{
    Degrees, InboxAddress as DomainAddress, InboxProfile as DomainProfile, ProfileFault,
};
use heddle_store::read::inbox_profiles::ReadInboxProfiles;
use heddle_store::write::inbox_profile::PutInboxProfile;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reach::get;
use crate::answer::Answer;
use crate::auth::{AccountReader, AccountWriter};
use crate::body::WithBody;
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::etag::IfNoneMatch;
use crate::path::Id;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(show, put))
}

/// What an inbox tells clients of vendor APIs about the place that it stands for. Control characters are refused.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct InboxProfile {
    /// A name of the IANA time zone database, such as `Europe/Berlin`. Default in Mews: `UTC`.
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    time_zone: Option<String>,
    /// The language of the place, such as `de` or `en-US`. Default in Mews: `en-US`.
    #[schema(min_length = 2, max_length = 12, pattern = r"\S")]
    language: Option<String>,
    /// Mews: whose law applies, such as `UK`, which is the default.
    #[schema(min_length = 2, max_length = 20, pattern = r"\S")]
    legal_environment: Option<String>,
    /// Mews: whose rules for guests apply. Default: as `legal_environment`.
    #[schema(min_length = 2, max_length = 20, pattern = r"\S")]
    accommodation_environment: Option<String>,
    /// Mews: whose rules for bookkeeping apply. Default: as `legal_environment`.
    #[schema(min_length = 2, max_length = 20, pattern = r"\S")]
    accounting_environment: Option<String>,
    /// Mews: whose taxes apply. Default: as `legal_environment`.
    #[schema(min_length = 2, max_length = 20, pattern = r"\S")]
    tax_environment: Option<String>,
    /// Three capital letters. Default in Mews: `EUR`.
    #[schema(min_length = 3, max_length = 3)]
    currency: Option<String>,
    /// A URL with http or https.
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    website: Option<String>,
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    email: Option<String>,
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    phone: Option<String>,
    address: Option<InboxAddress>,
}

/// Where the place of an inbox is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct InboxAddress {
    /// Street and house number.
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    line1: Option<String>,
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    line2: Option<String>,
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    city: Option<String>,
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    postal_code: Option<String>,
    /// Two capital letters.
    #[schema(min_length = 2, max_length = 2)]
    country_code: Option<String>,
    /// State, province or region, such as `CH-ZH`.
    #[schema(min_length = 4, max_length = 6)]
    country_subdivision_code: Option<String>,
    /// From -90 to 90. Stored with seven decimals.
    latitude: Option<f64>,
    /// From -180 to 180. Stored with seven decimals.
    longitude: Option<f64>,
}

impl InboxProfile {
    fn of(profile: DomainProfile) -> Self {
        let DomainProfile {
            time_zone,
            language,
            legal_environment,
            accommodation_environment,
            accounting_environment,
            tax_environment,
            currency,
            website,
            email,
            phone,
            address,
        } = profile;
        Self {
            time_zone,
            language,
            legal_environment,
            accommodation_environment,
            accounting_environment,
            tax_environment,
            currency,
            website,
            email,
            phone,
            address: address.map(InboxAddress::of),
        }
    }

    /// Checks what the schema cannot say.
    fn parse(self) -> Result<DomainProfile, Error> {
        let profile = DomainProfile {
            time_zone: self.time_zone,
            language: self.language,
            legal_environment: self.legal_environment,
            accommodation_environment: self.accommodation_environment,
            accounting_environment: self.accounting_environment,
            tax_environment: self.tax_environment,
            currency: self.currency,
            website: self.website,
            email: self.email,
            phone: self.phone,
            address: self.address.map(InboxAddress::parse),
        };
        let fault = |(path, must): ProfileFault| FieldError::new(path, "format", must);
        Error::invalid_if_any(profile.faults().into_iter().map(fault).collect())?;
        Ok(profile)
    }
}

impl InboxAddress {
    fn of(address: DomainAddress) -> Self {
        let DomainAddress {
            line1,
            line2,
            city,
            postal_code,
            country_code,
            country_subdivision_code,
            latitude,
            longitude,
        } = address;
        Self {
            line1,
            line2,
            city,
            postal_code,
            country_code,
            country_subdivision_code,
            latitude: latitude.map(f64::from),
            longitude: longitude.map(f64::from),
        }
    }

    fn parse(self) -> DomainAddress {
        DomainAddress {
            line1: self.line1,
            line2: self.line2,
            city: self.city,
            postal_code: self.postal_code,
            country_code: self.country_code,
            country_subdivision_code: self.country_subdivision_code,
            latitude: self.latitude.map(Degrees::from),
            longitude: self.longitude.map(Degrees::from),
        }
    }
}

/// Get the profile of an inbox. A member without a value is `null`.
#[utoipa::path(get, path = "/api/v1/inboxes/{id}/profile", tag = "inboxes", operation_id = "get_inbox_profile", params(Id),
    security(("token" = ["account.read"])),
    responses((status = 200, body = InboxProfile, description = "The profile", headers(("ETag" = String, description = "The inbox's version")))))]
async fn show(
    AccountReader(caller): AccountReader,
    Id(id): Id,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let view = get(&caller, id).await?;
    let read = ReadInboxProfiles {
        account: caller.account(),
        inboxes: vec![view.inbox.id],
    };
    let profile = caller.read(read).await?.pop().unwrap_or_default();
    let (version, body) = (view.inbox.version, InboxProfile::of(profile));
    Ok(Answer::if_changed(&if_none_match, version, &body))
}

/// Replace the profile of an inbox. A member that is absent or `null` loses its value.
#[utoipa::path(put, path = "/api/v1/inboxes/{id}/profile", tag = "inboxes", operation_id = "put_inbox_profile", params(Id),
    request_body = InboxProfile, security(("token" = ["account.write"])),
    responses((status = 200, body = InboxProfile, description = "The profile", headers(("ETag" = String, description = "The inbox's version")))))]
async fn put(
    AccountWriter(caller): AccountWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<InboxProfile>,
) -> Result<Answer, Error> {
    let profile = input.parse()?;
    let body = InboxProfile::of(profile.clone());
    let command = PutInboxProfile {
        caller: caller.for_store(),
        id: InboxId(id),
        expected: write.expected,
        profile,
    };
    let answer = move |version: &i64| Answer::ok(&body).version(*version);
    let answer = write.run(command, &[], answer).await?;
    caller.app.authentication.forget_account(caller.account());
    Ok(answer)
}
