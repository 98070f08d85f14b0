//! Pages of consignments.

use async_graphql::{Context, Result, SimpleObject};

use super::caller::Caller;
use super::consignment::{Consignment, int, pages};
use super::error::Refusal;
use super::inputs::ConsignmentFilters;
use super::outputs::PageInfo;
use crate::consignments;

/// Most consignments of one page.
const LARGEST_PAGE: i32 = 250;

/// A page of consignments.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct ConsignmentConnection {
    pub page_info: PageInfo,
    pub edges: Option<Vec<Option<ConsignmentEdge>>>,
}

#[async_graphql::ComplexObject]
impl ConsignmentConnection {
    async fn total_pages(
        &self,
        ctx: &Context<'_>,
        limit: i32,
        consignment_filters_input: Option<ConsignmentFilters>,
    ) -> Result<Option<i32>> {
        let caller = Caller::of(ctx)?;
        let found = filtered(caller, consignment_filters_input.as_ref())?;
        let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
        Ok(Some(int(pages(total, i64::from(capped(limit))))))
    }
}

#[derive(SimpleObject)]
pub(super) struct ConsignmentEdge {
    pub node: Consignment,
    pub cursor: String,
}

/// Returns the limit that counts: at most 250.
pub(super) fn capped(limit: i32) -> i32 {
    limit.clamp(0, LARGEST_PAGE)
}

/// Returns the caller's consignments; only a filter for the caller's own is allowed.
pub(super) fn filtered(
    caller: &Caller,
    filters: Option<&ConsignmentFilters>,
) -> Result<Vec<consignments::Consignment>, Refusal> {
    let user = caller.claims.user_id;
    if filters.and_then(|filters| filters.user_id) != Some(user) {
        return Err(Refusal::NotAuthorised(format!("User '{user}' does not have access to these consignments")));
    }
    let kind = filters.and_then(|filters| filters.consignment_type.as_deref());
    let found = caller.db(|db| consignments::of_user(db, user))?;
    Ok(found.into_iter().filter(|one| kind.is_none_or(|kind| one.kind.name() == kind)).collect())
}
