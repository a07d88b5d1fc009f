//! Approve requests: the inbox of whoever decides, one request, one's own requests, and who stands in.

mod inbox;
mod kind_tabs;
mod mine;
mod request;
mod shown;
pub mod substitute;

pub use inbox::Approvals;
pub use kind_tabs::KindTabs;
pub use mine::MyRequests;
pub use request::{Cancel, CancelRequest, RequestPage, StatusBadge};
pub use shown::{RequestList, RequestShown};
