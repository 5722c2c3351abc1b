//! Shows a customer as the vendor does, and reads what the vendor's clients say of a new one (contract sections 13.3 and 13.4).

use heddle_domain::customer::{Customer as DomainCustomer, PostalAddress, Profile};
use heddle_domain::guid::GuidKind;
use heddle_store::read::principal::Principal;

use super::{Guids, utc};
use crate::request::{ACTIVE, NewCustomer, SEXES};
use crate::wire::{Address, Customer};

/// Returns a customer as a response shows it; `with_address`: with its postal address, if it has one.
pub(crate) fn customer(
    principal: &Principal,
    customer: DomainCustomer,
    public_id: String,
    with_address: bool,
) -> Customer {
    let guids = Guids::of(&principal.account);
    let address_id = customer.postal_address.as_ref().map(|_| {
        let (at, id) = (customer.created_at, customer.id.get());
        guids.encode(GuidKind::CustomerAddress, at, id)
    });
    let address = address_id.clone().zip(customer.postal_address);
    let address = address.filter(|_| with_address);
    let profile = customer.profile;
    Customer {
        id: public_id,
        chain_id: principal.account_public_id.clone(),
        number: customer.id.to_string(),
        title: (),
        sex: profile.gender.as_deref().and_then(sex),
        first_name: profile.first_name,
        last_name: profile.last_name.unwrap_or_default(),
        second_last_name: (),
        nationality_code: (),
        preferred_language_code: (),
        language_code: (),
        birth_date: (),
        birth_country_code: (),
        birth_country_subdivision_code: (),
        birth_place: (),
        occupation: profile.job_title,
        email: customer.email,
        has_ota_email: false,
        phone: profile.phone,
        tax_identification_number: (),
        loyalty_code: (),
        accounting_code: (),
        billing_code: (),
        notes: profile.background,
        car_registration_number: (),
        dietary_requirements: (),
        created_utc: utc(customer.created_at),
        updated_utc: utc(customer.updated_at),
        passport: (),
        identity_card: (),
        visa: (),
        drivers_license: (),
        address: address.map(|(id, address)| postal_address(id, address)),
        address_id,
        classifications: [],
        options: [],
        italian_destination_code: (),
        italian_fiscal_code: (),
        italian_lottery_code: (),
        company_id: (),
        merge_target_id: (),
        activity_state: ACTIVE,
        is_active: true,
        preferred_space_features: [],
        creator_profile_id: (),
        updater_profile_id: (),
    }
}

/// Returns the vendor's word for a gender; `None` for genders that it has no word for.
fn sex(gender: &str) -> Option<&'static str> {
    let found = SEXES.iter().find(|(_, known)| *known == gender);
    found.map(|(word, _)| *word)
}

/// Shows a postal address. Lines after the first stand together in the second; the state has no code.
fn postal_address(id: String, address: PostalAddress) -> Address {
    let PostalAddress {
        lines,
        city,
        state: _,
        postal_code,
        country,
    } = address;
    let mut lines = lines.into_iter();
    let first = lines.next();
    let rest = lines.collect::<Vec<_>>().join(", ");
    Address {
        id,
        line1: first,
        line2: Some(rest).filter(|rest| !rest.is_empty()),
        city: Some(city),
        postal_code: Some(postal_code),
        country_code: Some(country),
        country_subdivision_code: None,
        latitude: None,
        longitude: None,
    }
}

/// Returns the profile of a new customer.
pub(crate) fn profile(new: &NewCustomer) -> Profile {
    Profile {
        first_name: new.first_name.clone(),
        last_name: Some(new.last_name.clone()),
        phone: new.phone.as_ref().map(|phone| phone.value.clone()),
        gender: new.gender.map(str::to_owned),
        job_title: new.occupation.clone(),
        background: new.notes.clone(),
        ..Profile::default()
    }
}
