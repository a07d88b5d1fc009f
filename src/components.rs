//! The design system: what every page is built from.
//!
//! A component takes data and callbacks and gives HTML; it knows nothing of roles or approvals. Each works as plain HTML
//! (links and forms) and is made livelier in the browser. Classes are defined in `style/components.css`, colours and
//! sizes in `style/tokens.css`, icons in `public/icons.svg`.
//!
//! Find one by what it is for: acting (`button`, `command_bar`, `confirm`), asking (`field` and the inputs), showing
//! (`table`, `facts`, `badge`, `card`), telling (`message_bar`, `toast`), moving about (`shell`, `tabs`, `panel`).
#![expect(clippy::needless_pass_by_value, reason = "the properties of a Leptos component are owned values")]

mod address;
mod avatar;
mod badge;
mod breadcrumb;
mod browser;
mod button;
mod card;
mod checkbox;
mod command_bar;
mod confirm;
mod date_range;
mod date_time_input;
mod denied;
mod duration_input;
mod empty_state;
#[cfg(not(feature = "ssr"))]
mod enliven;
mod facts;
mod field;
mod filter_bar;
mod form_tabs;
mod icon;
mod info_bubble;
mod local_time;
mod message_bar;
mod page_header;
mod pagination;
mod panel;
mod query_form;
mod radio_group;
mod remaining;
mod search_box;
mod section;
mod select;
mod shell;
mod skeleton;
mod stages;
mod table;
mod tabs;
mod text_area;
mod text_input;
mod theme_toggle;
mod toast;
mod wizard_tabs;

pub use address::Address;
pub use avatar::{Avatar, AvatarKind, Persona};
pub use badge::{Badge, BadgeKind};
pub use breadcrumb::Breadcrumb;
pub use button::{Button, ButtonKind, LinkButton};
pub use card::Card;
pub use checkbox::Checkbox;
pub use command_bar::{CommandBar, CommandButton, CommandLink};
pub use confirm::Confirm;
pub use date_range::DateRange;
pub use date_time_input::DateTimeInput;
pub use duration_input::DurationInput;
pub use empty_state::EmptyState;
#[cfg(not(feature = "ssr"))]
pub use enliven::enliven;
pub use facts::{Fact, Facts};
pub use field::Field;
pub use filter_bar::FilterBar;
pub use form_tabs::{FormTab, FormTabs};
pub use icon::Icon;
pub use info_bubble::InfoBubble;
pub use local_time::LocalTime;
pub use message_bar::{MessageBar, MessageKind};
pub use page_header::PageHeader;
pub use pagination::Pagination;
pub use panel::Panel;
pub use query_form::QueryForm;
pub use radio_group::RadioGroup;
pub use remaining::Remaining;
pub use search_box::SearchBox;
pub use section::Section;
pub use select::Select;
pub use shell::{AccountMenu, AppShell, NavGroup, NavItem};
pub use skeleton::{Skeleton, Spinner};
pub use stages::{Stage, StageState, Stages};
pub use table::{Table, unless_empty};
pub use tabs::{Tab, Tabs};
pub use text_area::TextArea;
#[cfg(feature = "ssr")]
pub use text_area::escape;
pub use text_input::TextInput;
pub use theme_toggle::ThemeToggle;
pub use toast::{ToastRegion, Toasts, provide_toasts, use_toasts};
pub use wizard_tabs::WizardTabs;
