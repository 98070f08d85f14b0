//! The GraphQL documents, exactly as they are sent. A test validates each against TDR's published schema.

pub(super) const CONSIGNMENTS: &str = "\
query consignments($limit: Int!, $currentPage: Int, $consignmentFiltersInput: ConsignmentFilters, \
$orderBy: ConsignmentOrderBy) { \
consignments(limit: $limit, currentPage: $currentPage, consignmentFiltersInput: $consignmentFiltersInput, \
orderBy: $orderBy) { edges { node { \
consignmentid consignmentReference consignmentType seriesName createdDatetime exportDatetime totalFiles \
consignmentStatuses { statusType value } \
} } } }";

pub(super) const CONSIGNMENT: &str = "\
query consignment($consignmentId: UUID!) { getConsignment(consignmentid: $consignmentId) { \
consignmentid consignmentReference consignmentType seriesName createdDatetime exportDatetime totalFiles \
consignmentStatuses { statusType value } } }";

pub(super) const START_UPLOAD: &str = "\
mutation startUpload($input: StartUploadInput!) { startUpload(startUploadInput: $input) }";

pub(super) const TRUTH: &str = "\
query uploadTruth($consignmentId: UUID!) { getConsignment(consignmentid: $consignmentId) { \
totalFiles parentFolder consignmentStatuses { statusType value } } }";

pub(super) const REGISTER: &str = "\
mutation addFilesAndMetadata($input: AddFileAndMetadataInput!) { \
addFilesAndMetadata(addFilesAndMetadataInput: $input) { fileId matchId } }";

pub(super) const MATCHES: &str = "\
query matches($consignmentId: UUID!, $paginationInput: PaginationInput) { \
getConsignment(consignmentid: $consignmentId) { paginatedFiles(paginationInput: $paginationInput) { \
pageInfo { hasNextPage } edges { node { fileId fileType uploadMatchId } } } } }";

pub(super) const FILE_STATUSES: &str = "\
query fileStatuses($consignmentId: UUID!, $paginationInput: PaginationInput) { \
getConsignment(consignmentid: $consignmentId) { paginatedFiles(paginationInput: $paginationInput) { \
pageInfo { hasNextPage } edges { node { fileId fileStatuses { statusType statusValue } } } } } }";

pub(super) const CHECKS: &str = "\
query checkProgress($consignmentId: UUID!) { getConsignment(consignmentid: $consignmentId) { \
allChecksSucceeded totalFiles \
fileChecks { antivirusProgress { filesProcessed } checksumProgress { filesProcessed } ffidProgress { filesProcessed } } \
consignmentStatuses { statusType value } } }";
