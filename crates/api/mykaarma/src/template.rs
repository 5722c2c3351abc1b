//! The paths of the calls.

pub(crate) const THREADS: &str =
    "/communications/departments/{departmentUUID}/customers/{customerUUID}/threads";
pub(crate) const MESSAGE: &str =
    "/communications/department/{departmentUUID}/user/{userUUID}/customer/{customerUUID}/message";
pub(crate) const NOTE: &str =
    "/communications/department/{departmentUUID}/customer/{customerUUID}/message";
pub(crate) const HISTORY: &str = "/communications/department/{departmentUUID}/user/{userUUID}/customer/{customerUUID}/message/list";
pub(crate) const HISTORICAL: &str =
    "/communications/department/{departmentUUID}/customer/{customerUUID}/communication/historical";
pub(crate) const DELEGATE: &str = "/communications/dealers/{dealerUUID}/delegate";
pub(crate) const FOLLOWERS: &str =
    "/communications/department/{departmentUUID}/customer/{customerUUID}/followers";
pub(crate) const SUBSCRIPTION: &str =
    "/communications/department/{departmentUUID}/customer/{customerUUID}/subscription";
pub(crate) const OPT_OUT: &str = "/communications/department/{departmentUUID}/communicationType/{type}/communicationValue/{value}/optoutstatus";
pub(crate) const OPT_OUTS_OF_CUSTOMERS: &str =
    "/communications/department/{departmentUUID}/customers/optoutstatus/list";
pub(crate) const OPT_OUTS_OF_COMMUNICATIONS: &str =
    "/communications/department/{departmentUUID}/communications/optoutstatus/list";
pub(crate) const OPT_OUT_CHANGE: &str = "/communications/department/{departmentUUID}/optoutstatus";
pub(crate) const DEFAULT_ASSOCIATE: &str =
    "/manage/v2/department/{departmentUUID}/dealerAssociate/default";
pub(crate) const CUSTOMERS: &str = "/customer/v2/department/{departmentUUID}/customer";
pub(crate) const CUSTOMER: &str =
    "/customer/v2/department/{departmentUUID}/customer/{customerUUID}";
pub(crate) const CUSTOMER_SEARCH: &str = "/customer/v2/department/{departmentUUID}/customer/list";
