//! The API's queries.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use super::caller::Caller;
use super::connection::{ConsignmentConnection, ConsignmentEdge, capped, filtered};
use super::consignment::Consignment;
use super::error::Refusal;
use super::inputs::{ConsignmentFilters, ConsignmentOrderBy, ConsignmentOrderField, Direction, PaginationInput};
use super::outputs::{PageInfo, Series};
use crate::consignments;

pub(super) struct Query;

#[Object]
impl Query {
    async fn get_series(&self, ctx: &Context<'_>, body: String) -> Result<Vec<Series>> {
        let caller = Caller::of(ctx)?;
        let own = caller.claims.body.as_deref().unwrap_or_default();
        if own != body || own.is_empty() {
            return Err(Refusal::NotAuthorised(format!(
                "Body for user '{}' was '{body}' in the query and '{own}' in the token",
                caller.claims.user_id
            ))
            .into());
        }
        let series = caller.db(|db| consignments::series_of_body(db, &body))?;
        Ok(series.into_iter().map(Series::from).collect())
    }

    async fn get_consignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "consignmentid")] id: Uuid,
        pagination_input: Option<PaginationInput>,
    ) -> Result<Option<Consignment>> {
        // As in the real API: the page that counts is the argument of `paginatedFiles`.
        drop(pagination_input);
        let caller = Caller::of(ctx)?;
        caller.resume_checks()?;
        Ok(Some(Consignment(caller.own(id)?)))
    }

    async fn consignments(
        &self,
        ctx: &Context<'_>,
        limit: i32,
        current_cursor: Option<String>,
        current_page: Option<i32>,
        consignment_filters_input: Option<ConsignmentFilters>,
        order_by: Option<ConsignmentOrderBy>,
    ) -> Result<ConsignmentConnection> {
        let caller = Caller::of(ctx)?;
        caller.resume_checks()?;
        let mut found = filtered(caller, consignment_filters_input.as_ref())?;
        let (field, direction) = order_by
            .map_or((ConsignmentOrderField::ConsignmentReference, Direction::Descending), |order| {
                (order.consignment_order_field, order.order_direction)
            });
        found.sort_by(|left, right| {
            let order = match field {
                ConsignmentOrderField::ConsignmentReference => left.reference.cmp(&right.reference),
                ConsignmentOrderField::CreatedAtTimestamp => {
                    left.created.cmp(&right.created).then(left.position.cmp(&right.position))
                }
            };
            match direction {
                Direction::Ascending => order,
                Direction::Descending => order.reverse(),
            }
        });
        let after = current_cursor.and_then(|cursor| found.iter().position(|one| one.reference == cursor));
        let limit = usize::try_from(capped(limit)).unwrap_or_default();
        let page = usize::try_from(current_page.unwrap_or(0)).unwrap_or_default();
        let skip = after.map_or(0, |at| at + 1).saturating_add(page.saturating_mul(limit));
        let shown: Vec<_> = found.into_iter().skip(skip).take(limit).collect();
        let cursors: Vec<String> = shown.iter().map(|one| one.reference.clone()).collect();
        let page_info = PageInfo::of(&cursors);
        let edges = shown
            .into_iter()
            .zip(cursors)
            .map(|(node, cursor)| Some(ConsignmentEdge { node: Consignment(node), cursor }));
        Ok(ConsignmentConnection { page_info, edges: Some(edges.collect()) })
    }
}
