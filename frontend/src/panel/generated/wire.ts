/** The HTTP interface as the server's OpenAPI document has it: run `python wire_types.py`, edit nothing. */

export interface Access {
  accessToken?: string;
  /** Seconds */
  expiresIn?: number;
  user?: Record<string, unknown>;
}

export interface Acknowledged {
  at: string;
  by: string;
  until: string;
}

export interface Acknowledgement {
  count: number;
  setHash: string;
}

export interface Analytics {
  from: string;
  measuredAt: string | null;
  metric: string;
  series: AnalyticsSeries[];
  step: "hour" | "day";
  to: string;
  /** Null where the metrics differ */
  unit: string | null;
}

export interface AnalyticsMetric {
  kind: "sum" | "level" | "mean" | "most" | "percentile";
  labels: string[];
  meaning: string;
  name: string;
  source: string;
  title: string;
  unit: string;
}

export interface AnalyticsMetrics {
  items: AnalyticsMetric[];
}

export interface AnalyticsSeries {
  label: string;
  metric: string;
  points: ((string | number)[])[];
  unit: string;
}

export interface Application {
  aboutMe?: string | null;
  address?: string | null;
  businessDescription?: string | null;
  businessName?: string | null;
  /** Id of one of the categories */
  categoryId?: string | null;
  /** Leave it empty */
  companyFax?: string;
  email: string;
  firstName?: string | null;
  gstNumber?: string | null;
  lastName?: string | null;
  location?: string | null;
  name: string;
  phone?: string | null;
  profession?: string | null;
  professionalHeadline?: string | null;
  termsAccepted: boolean;
  type: "BUSINESS" | "PROFESSIONAL";
  website?: string | null;
}

export interface Approval {
  aboutMe?: string | null;
  address?: string | null;
  businessDescription?: string | null;
  businessName?: string | null;
  /** Id of one of the categories */
  categoryId?: string | null;
  email?: string;
  firstName?: string | null;
  gstNumber?: string | null;
  isActive?: boolean;
  lastName?: string | null;
  location?: string | null;
  name?: string;
  phone?: string | null;
  profession?: string | null;
  professionalHeadline?: string | null;
  /** Lower-case letters and digits, with single hyphens; '' asks for one made from the name */
  slug?: string | null;
  website?: string | null;
}

export interface ApprovalPreview {
  conflict: Obstacle | null;
  errors: ProblemField[];
  profile: Record<string, unknown> | null;
  resource: string | null;
  user: Record<string, unknown> | null;
}

export interface Assignment {
  /** Id of an active superadmin */
  reviewer: string;
}

export interface AuditBreak {
  changeId: number | null;
  detail: string;
  kind: "altered" | "removed" | "inserted" | "reordered" | "truncated" | "rewritten";
  seq: number | null;
}

export interface AuditEntries {
  items: AuditEntry[];
  limit: number;
  page: number;
  total: number;
}

export interface AuditEntry {
  action: string;
  actor: string;
  address: string | null;
  at: string;
  /** What it held is no longer kept */
  compacted: boolean;
  detail: unknown;
  fields: string[];
  id: number;
  mutationId: string | null;
  recordId: string | null;
  requestId: string | null;
  resource: string;
  /** Its link in the chain; null while it waits for one */
  seal: number | null;
  secrets: string[];
  version: number | null;
}

export interface AuditVerdict {
  broken: AuditBreak | null;
  /** Of these, with no more than digests */
  compacted: number;
  /** Its digest */
  digest: string | null;
  /** null: holds so far, and there is more to compare */
  intact: boolean | null;
  /** The newest seal there is */
  newest: number | null;
  /** Where the next step goes on: its `after` */
  next: string | null;
  /** Seals that hold, of this step */
  sealed: number;
  /** What waits for its seal: not proven yet */
  unsealed: number;
  /** The last seal that was found to hold */
  verifiedTo: number | null;
  /** Seals compared with the file outside */
  witnessed: number;
}

export interface BreakerRecord {
  recordId: string;
  setHash: string;
}

export interface BreakerRecords {
  items: BreakerRecord[];
  limit: number;
  page: number;
  total: number;
}

export interface BulkAction {
  action: "activate" | "deactivate" | "delete" | "set";
  actor: string;
  conflicts: number;
  /** Of these: changed since, or purged */
  conflictsForGood: number;
  createdAt: string;
  done: number;
  error: string | null;
  failed: number;
  filter: Record<string, unknown> | null;
  finishedAt: string | null;
  forgottenAt: string | null;
  id: string;
  jobId: string | null;
  /** Until then it can be undone */
  keptUntil: string | null;
  resource: string;
  state: "queued" | "running" | "done" | "errored" | "undo-queued" | "undoing" | "undone";
  total: number | null;
  undone: number;
  undoneAt: string | null;
  undoneBy: string | null;
  values: Record<string, unknown> | null;
}

export interface BulkActionRecords {
  action: "activate" | "deactivate" | "delete" | "set";
  actor: string;
  conflicts: number;
  /** Of these: changed since, or purged */
  conflictsForGood: number;
  createdAt: string;
  done: number;
  error: string | null;
  failed: number;
  filter: Record<string, unknown> | null;
  finishedAt: string | null;
  forgottenAt: string | null;
  id: string;
  items: BulkRecord[];
  jobId: string | null;
  /** Until then it can be undone */
  keptUntil: string | null;
  limit: number;
  /** Records that `result` leaves, on all pages */
  matching: number;
  page: number;
  resource: string;
  state: "queued" | "running" | "done" | "errored" | "undo-queued" | "undoing" | "undone";
  total: number | null;
  undone: number;
  undoneAt: string | null;
  undoneBy: string | null;
  values: Record<string, unknown> | null;
}

export interface BulkActions {
  items: BulkAction[];
  limit: number;
  page: number;
  total: number;
}

export interface BulkFailure {
  code: string;
  detail: string;
  id: string;
}

export interface BulkQueued {
  bulkId: string;
  jobId: string | null;
}

export interface BulkRecord {
  code: string | null;
  detail: string | null;
  quarantineId: string | null;
  recordId: string;
  state: "waiting" | "done" | "failed";
  /** `undone`, `conflict`, or null before an undo */
  undo: string | null;
  undoCode: string | null;
  undoDetail: string | null;
}

export interface BulkRequest {
  action: "activate" | "deactivate" | "delete" | "set";
  /** The parameters of the list, by name: text, number, true, false, null or a list */
  filter?: Record<string, unknown>;
  ids?: string[];
  /** What `set` writes, as a patch */
  values?: Record<string, unknown>;
  /** By id: the version you saw. A record at another one is refused (412's code) */
  versions?: Record<string, number>;
}

export interface BulkResults {
  bulkId: string;
  done: string[];
  failed: BulkFailure[];
}

export interface Business {
  about: string | null;
  address: string | null;
  /** Id of one of the users */
  adminId: string | null;
  /** The last id that the record's admin had */
  adminRef: string | null;
  brandContent: unknown;
  catalogPdf: string | null;
  /** Id of one of the categories */
  categoryId: string | null;
  /** The last id that the record's category had */
  categoryRef: string | null;
  createdAt: string;
  description: string | null;
  email: string | null;
  facebook: string | null;
  gstNumber: string | null;
  heroContent: unknown;
  id: string;
  instagram: string | null;
  isActive: boolean;
  linkedin: string | null;
  logo: string | null;
  name: string;
  openingHours: unknown;
  phone: string | null;
  portfolioContent: unknown;
  slug: string | null;
  twitter: string | null;
  updatedAt: string;
  version: number;
  website: string | null;
}

export interface BusinessChanges {
  deleted: string[];
  items: Business[];
  position: string;
}

export interface BusinessCreate {
  about?: string | null;
  address?: string | null;
  /** Id of one of the users */
  adminId: string;
  brandContent?: unknown;
  catalogPdf?: string | null;
  /** Id of one of the categories */
  categoryId?: string | null;
  description?: string | null;
  email?: string | null;
  facebook?: string | null;
  gstNumber?: string | null;
  heroContent?: unknown;
  instagram?: string | null;
  isActive?: boolean;
  linkedin?: string | null;
  logo?: string | null;
  name: string;
  openingHours?: unknown;
  phone?: string | null;
  portfolioContent?: unknown;
  /** Lower-case letters and digits, with single hyphens; '' asks for one made from the name */
  slug?: string | null;
  twitter?: string | null;
  website?: string | null;
}

export interface BusinessList {
  items: Business[];
  limit: number;
  page: number;
  total: number;
}

export interface BusinessListingInquiry {
  /** The last id that the record's assigned had */
  assignedRef: string | null;
  /** Id of one of the users */
  assignedTo: string | null;
  businessDescription: string | null;
  businessName: string;
  contactName: string;
  createdAt: string;
  email: string;
  id: string;
  inquiryType: string | null;
  notes: string | null;
  phone: string | null;
  requirements: string;
  status: "PENDING" | "UNDER_REVIEW" | "APPROVED" | "REJECTED" | "COMPLETED";
  updatedAt: string;
  version: number;
}

export interface BusinessListingInquiryChanges {
  deleted: string[];
  items: BusinessListingInquiry[];
  position: string;
}

export interface BusinessListingInquiryCreate {
  /** Id of one of the users */
  assignedTo?: string | null;
  businessDescription?: string | null;
  businessName: string;
  contactName: string;
  email: string;
  inquiryType?: string | null;
  notes?: string | null;
  phone?: string | null;
  requirements: string;
  status?: "PENDING" | "UNDER_REVIEW" | "APPROVED" | "REJECTED" | "COMPLETED";
}

export interface BusinessListingInquiryList {
  items: BusinessListingInquiry[];
  limit: number;
  page: number;
  total: number;
}

export interface BusinessListingInquiryPatch {
  /** Id of one of the users */
  assignedTo?: string | null;
  businessDescription?: string | null;
  businessName?: string;
  contactName?: string;
  email?: string;
  inquiryType?: string | null;
  notes?: string | null;
  phone?: string | null;
  requirements?: string;
  status?: "PENDING" | "UNDER_REVIEW" | "APPROVED" | "REJECTED" | "COMPLETED";
}

export interface BusinessPatch {
  about?: string | null;
  address?: string | null;
  /** Id of one of the users */
  adminId?: string;
  brandContent?: unknown;
  catalogPdf?: string | null;
  /** Id of one of the categories */
  categoryId?: string | null;
  description?: string | null;
  email?: string | null;
  facebook?: string | null;
  gstNumber?: string | null;
  heroContent?: unknown;
  instagram?: string | null;
  isActive?: boolean;
  linkedin?: string | null;
  logo?: string | null;
  name?: string;
  openingHours?: unknown;
  phone?: string | null;
  portfolioContent?: unknown;
  /** Lower-case letters and digits, with single hyphens; '' asks for one made from the name */
  slug?: string | null;
  twitter?: string | null;
  website?: string | null;
}

export interface Category {
  /** Id of one of the businesses */
  businessId: string | null;
  /** The last id that the record's business had */
  businessRef: string | null;
  createdAt: string;
  description: string | null;
  id: string;
  name: string;
  /** Id of one of the categories */
  parentId: string | null;
  /** The last id that the record's parent had */
  parentRef: string | null;
  slug: string | null;
  type: "BUSINESS" | "PRODUCT";
  updatedAt: string;
  version: number;
}

export interface CategoryChanges {
  deleted: string[];
  items: Category[];
  position: string;
}

export interface CategoryCreate {
  /** Id of one of the businesses */
  businessId?: string | null;
  description?: string | null;
  name: string;
  /** Id of one of the categories */
  parentId?: string | null;
  /** Lower-case letters and digits, with single hyphens; '' asks for one made from the name */
  slug?: string | null;
  type?: "BUSINESS" | "PRODUCT";
}

export interface CategoryList {
  items: Category[];
  limit: number;
  page: number;
  total: number;
}

export interface CategoryPatch {
  /** Id of one of the businesses */
  businessId?: string | null;
  description?: string | null;
  name?: string;
  /** Id of one of the categories */
  parentId?: string | null;
  /** Lower-case letters and digits, with single hyphens; '' asks for one made from the name */
  slug?: string | null;
  type?: "BUSINESS" | "PRODUCT";
}

export interface CheckOverTime {
  check: string;
  /** The number that the next five rest on */
  ended: number;
  /** The first finding that is known */
  firstSeen: string | null;
  /** Well again, or gone, without this check's doing */
  healed: number;
  /** 0 to 1; null when none ended */
  healedShare: number | null;
  health: string;
  healthDetail: string | null;
  /** From first seen to the end; null when none ended */
  meanSeconds: number | null;
  mode: "observe" | "act" | "off";
  open: number | null;
  /** The oldest finding that stands */
  openSince: string | null;
  points: CheckPoint[];
  quarantined: number;
  repaired: number;
  severity: "low" | "medium" | "high";
  title: string;
}

export interface CheckPatch {
  grace?: string | number | null;
  interval?: string | number | null;
  mode?: "observe" | "act" | "off";
  settings?: Record<string, unknown> | null;
}

export interface CheckPoint {
  at: string;
  /** Runs in which the check itself broke */
  broken: number;
  healed: number;
  new: number;
  /** Findings that stood at the end */
  open: number;
  /** The most that stood */
  peak: number;
  quarantined: number;
  repaired: number;
  runs: number;
  seconds: number;
}

export interface Connection {
  address: string;
  /** The client's User-Agent */
  agent: string | null;
  /** Messages it has yet to take */
  behind: number;
  bytesSent: number;
  id: string;
  /** All up to it has been taken; null: it fell behind */
  position: string | null;
  /** The process that has it */
  process: string;
  since: string;
  /** null: all */
  topics: string[] | null;
  transport: "sse" | "ws";
  userId: string;
}

export interface Connections {
  items: Connection[];
  limit: number;
  page: number;
  total: number;
}

export interface DataIntegrityCheck {
  affectedCount: number;
  /** At most 100 ids */
  affectedRecords: string[];
  description: string;
  severity: "low" | "medium" | "high";
  type: string;
}

export interface DeclaredJob {
  /** JSON Schema of its arguments */
  argumentsSchema: Record<string, unknown>;
  everySeconds: number | null;
  name: string;
  nextDue: string | null;
  periodic: boolean;
  timeoutSeconds: number;
  title: string;
}

export interface DeclaredJobs {
  items: DeclaredJob[];
  limit: number;
  page: number;
  total: number;
}

export interface Deletion {
  along: Touched[];
  emptied: Touched[];
}

export interface DrillStep {
  detail: string;
  name: string;
  seconds: number;
  success: boolean;
}

export interface Ended {
  /** The number that the next five rest on */
  ended: number;
  /** Well again, or gone, without this check's doing */
  healed: number;
  /** 0 to 1; null when none ended */
  healedShare: number | null;
  /** From first seen to the end; null when none ended */
  meanSeconds: number | null;
  quarantined: number;
  repaired: number;
}

export interface EndedSignIns {
  ended: string[];
}

export interface FieldChange {
  after: unknown;
  before: unknown;
  field: string;
}

export interface FindingsBulk {
  action: "ignore" | "repair";
  ids: string[];
}

export interface FindingsDone {
  done: string[];
  failed: (Record<string, unknown>)[];
  runId: string | null;
}

export interface Forgotten {
  email: string;
}

export interface HealthPoint {
  at: string;
  healthy: boolean;
  /** The lowest score within the step */
  lowest: number;
  missingBusinessAdmins: number;
  missingProfessionalAdmins: number;
  orphanedUsers: number;
  records: number;
  /** Null for a day that is long past */
  runId: string | null;
  runs: number;
  score: number;
}

export interface ImportError {
  field: string;
  message: string;
}

export interface ImportFaultList {
  items: ImportFaultSeen[];
  limit: number;
  page: number;
  total: number;
}

export interface ImportFaultSeen {
  code: string;
  errors: ImportError[];
  /** The line of the file on which it begins */
  line: number;
  recordId: string | null;
  /** Its number among the rows, from 1 */
  row: number;
  undo: boolean;
}

export interface ImportList {
  items: ImportSeen[];
  limit: number;
  page: number;
  total: number;
}

export interface ImportSeen {
  actor: string;
  created: number;
  createdAt: string;
  dryRun: boolean;
  error: string | null;
  failed: number;
  fileName: string | null;
  finishedAt: string | null;
  forgottenAt: string | null;
  format: "csv" | "json" | "ndjson";
  id: string;
  /** Rows that could not be undone */
  kept: number;
  /** Of these: changed or deleted since */
  keptForGood: number;
  /** Until then it can be undone, a preview be applied */
  keptUntil: string | null;
  resource: "users" | "businesses" | "professionals" | "categories" | "inquiries" | "business-listing-inquiries" | "registration-inquiries";
  /** Rows dealt with so far */
  rows: number;
  /** Rows there are; null until they have been counted */
  rowsKnown: number | null;
  /** Bytes */
  size: number;
  startedAt: string | null;
  state: "uploading" | "queued" | "running" | "done" | "failed" | "cancelled" | "undoing" | "undone";
  unchanged: number;
  /** Who asked for its undoing */
  undoActor: string | null;
  /** Whether `undo` may take anything back (still) */
  undoable: boolean;
  undone: number;
  updated: number;
}

export interface Inquiry {
  /** Id of one of the businesses */
  businessId: string | null;
  /** The last id that the record's business had */
  businessRef: string | null;
  createdAt: string;
  email: string;
  id: string;
  message: string;
  name: string;
  phone: string | null;
  productRef: string | null;
  /** Id of one of the professionals */
  professionalId: string | null;
  /** The last id that the record's professional had */
  professionalRef: string | null;
  serviceRef: string | null;
  status: "NEW" | "READ" | "REPLIED" | "CLOSED";
  updatedAt: string;
  /** Id of one of the users */
  userId: string | null;
  /** The last id that the record's user had */
  userRef: string | null;
  version: number;
}

export interface InquiryChanges {
  deleted: string[];
  items: Inquiry[];
  position: string;
}

export interface InquiryCreate {
  /** Id of one of the businesses */
  businessId?: string | null;
  email: string;
  message: string;
  name: string;
  phone?: string | null;
  productRef?: string | null;
  /** Id of one of the professionals */
  professionalId?: string | null;
  serviceRef?: string | null;
  status?: "NEW" | "READ" | "REPLIED" | "CLOSED";
  /** Id of one of the users */
  userId?: string | null;
}

export interface InquiryList {
  items: Inquiry[];
  limit: number;
  page: number;
  total: number;
}

export interface InquiryPatch {
  /** Id of one of the businesses */
  businessId?: string | null;
  email?: string;
  message?: string;
  name?: string;
  phone?: string | null;
  productRef?: string | null;
  /** Id of one of the professionals */
  professionalId?: string | null;
  serviceRef?: string | null;
  status?: "NEW" | "READ" | "REPLIED" | "CLOSED";
  /** Id of one of the users */
  userId?: string | null;
}

export interface IntegrityBreaker {
  acknowledged: Acknowledged | null;
  check: string;
  count: number;
  reason: string;
  /** At most 100 ids; records has all */
  records: string[];
  runId: string | null;
  setHash: string;
  state: "tripped" | "closed";
  trippedAt: string;
}

export interface IntegrityBreakers {
  items: IntegrityBreaker[];
  limit: number;
  page: number;
  total: number;
}

export interface IntegrityCheck {
  grace: string;
  health: "ok" | "broken";
  healthDetail: string | null;
  id: string;
  /** At most this often by schedule; null: every sweep */
  interval: string | null;
  lastRun: string | null;
  lastSuccess: string | null;
  mode: "observe" | "act" | "off";
  origin: Origin;
  /** The version that may act; another observes */
  promotedVersion: string | null;
  remedy: "report" | "relink" | "deactivate" | "quarantine";
  resource: string | null;
  settings: Record<string, unknown> | null;
  /** JSON Schema of the settings */
  settingsSchema: Record<string, unknown> | null;
  severity: "low" | "medium" | "high";
  title: string;
}

export interface IntegrityChecks {
  items: IntegrityCheck[];
  limit: number;
  page: number;
  total: number;
}

export interface IntegrityFinding {
  check: string;
  /** Why it is blocked, or left alone */
  detail: string | null;
  explanation: string | null;
  firstSeen: string;
  id: string;
  lastSeen: string;
  recordId: string;
  resolvedAt: string | null;
  resource: string;
  sightings: number;
  state: "open" | "ignored" | "healed" | "repaired" | "quarantined" | "blocked";
}

export interface IntegrityFindings {
  items: IntegrityFinding[];
  limit: number;
  page: number;
  total: number;
}

export interface IntegrityHistory {
  checks: CheckOverTime[];
  ended: Ended;
  from: string;
  health: HealthPoint[];
  /** Seconds; steps without a run have no point */
  step: number;
  to: string;
}

export interface IntegrityRun {
  actor: string;
  checks: string[] | null;
  /** A line for each check */
  counts: (Record<string, unknown>)[];
  createdAt: string;
  dryRun: boolean;
  error: string | null;
  errors: string[];
  findings: string[] | null;
  finishedAt: string | null;
  fixedRecords: number;
  /** Why it only observed, though it was to repair */
  held: string | null;
  id: string;
  integrityChecks: DataIntegrityCheck[];
  occurrence: string;
  progress: Record<string, unknown> | null;
  repair: boolean;
  scheduled: boolean;
  startedAt: string | null;
  state: "queued" | "running" | "passed" | "failed" | "errored" | "abandoned";
  success: boolean | null;
}

export interface IntegrityRuns {
  items: IntegrityRun[];
  limit: number;
  page: number;
  total: number;
}

export interface IntegrityStatistics {
  businesses: number;
  checkedAt: string;
  /** Null before the first one */
  drill: LastDrill | null;
  healthy: boolean;
  missingBusinessAdmins: number;
  missingProfessionalAdmins: number;
  orphanedUsers: number;
  professionals: number;
  /** 0 to 100 */
  score: number;
  /** The last 30 runs, the oldest first */
  trend: HealthPoint[];
  users: number;
}

export interface Invitation {
  email: string;
  name?: string | null;
  role?: "SUPER_ADMIN" | "BUSINESS_ADMIN" | "PROFESSIONAL_ADMIN";
}

export interface JobQueued {
  id: string;
}

export interface JobRequest {
  arguments?: Record<string, unknown>;
  name: string;
}

export interface Jobs {
  items: QueuedWork[];
  limit: number;
  page: number;
  total: number;
}

export interface LastDrill {
  at: string;
  detail: string;
  /** Two intervals went by without one */
  overdue: boolean;
  passed: boolean;
  seconds: number;
  steps: DrillStep[];
}

export interface ListingRequest {
  businessDescription?: string | null;
  businessName: string;
  /** Leave it empty */
  companyFax?: string;
  contactName: string;
  email: string;
  inquiryType?: string | null;
  phone?: string | null;
  requirements: string;
}

export interface Login {
  email: string;
  password: string;
  totp?: string | null;
}

export interface MailItem {
  createdAt: string;
  /** When it is tried next, while it waits */
  dueAt: string;
  /** Of the last try */
  error: string | null;
  /** When its link ends; it is not sent after that */
  expiresAt: string | null;
  id: string;
  recordId: string | null;
  resource: string | null;
  sentAt: string | null;
  state: "waiting" | "claimed" | "sending" | "sent" | "failed" | "uncertain" | "expired";
  template: "set-password" | "invitation" | "forgotten-password" | "approved" | "rejected" | "received";
  to: string;
  tries: number;
}

export interface MailList {
  items: MailItem[];
  limit: number;
  page: number;
  total: number;
}

export interface MailTemplate {
  body: string;
  /** How long its link works; null without one */
  goodForSeconds: number | null;
  name: "set-password" | "invitation" | "forgotten-password" | "approved" | "rejected" | "received";
  subject: string;
}

export interface MailTemplates {
  items: MailTemplate[];
}

export interface Me {
  user?: Record<string, unknown>;
}

export interface Message {
  /** Id of one of the businesses */
  businessId?: string | null;
  /** Leave it empty */
  companyFax?: string;
  email: string;
  message: string;
  name: string;
  phone?: string | null;
  productRef?: string | null;
  /** Id of one of the professionals */
  professionalId?: string | null;
  serviceRef?: string | null;
}

export interface NewPassword {
  currentPassword: string;
  newPassword: string;
}

export interface Nothing {
}

export interface Obstacle {
  code: string;
  detail: string;
}

export interface Occupancy {
  /** It holds what came after this position */
  after: string;
  bytes: number;
  messages: number;
  mostBytes: number;
}

export interface OneSession {
  address?: string | null;
  createdAt?: string;
  current?: boolean;
  expiresAt?: string;
  id?: string;
  userAgent?: string | null;
}

export interface Origin {
  distribution: string;
  version: string;
}

export interface OwnPassword {
  password: string;
}

export interface PaginationMetadata {
  /** First available page number. */
  first_page?: number;
  /** Last available page number. */
  last_page?: number;
  /** Next page number. */
  next_page?: number;
  /** Current page number. */
  page?: number;
  /** Previous page number. */
  previous_page?: number;
  /** Total number of items. */
  total?: number;
  /** Total number of pages. */
  total_pages?: number;
}

export interface PasswordOwner {
  email: string;
}

export interface Person {
  state: "looking" | "away" | "editing";
  userId: string;
}

export interface PlannedAct {
  act: "relink" | "deactivate" | "quarantine" | "heal" | "busy" | "leave" | "wait" | "block" | "stop" | "undo";
  check: string;
  /** With whom, with what, or why not */
  detail: Record<string, unknown> | null;
  recordId: string;
  resource: string;
}

export interface PlannedActs {
  items: PlannedAct[];
  limit: number;
  page: number;
  total: number;
}

export interface Presence {
  /** Of two, the later one holds */
  at: string;
  /** The caller among them */
  people: Person[];
  recordId: string;
  resource: string;
}

export interface Present {
  recordId: string;
  resource: "users" | "businesses" | "professionals" | "categories" | "inquiries" | "business-listing-inquiries" | "registration-inquiries";
  /** `away`: a form is open in a tab in the background */
  state: "looking" | "away" | "editing" | "gone";
  /** The tab, by a name it chose: a person with several counts once */
  tab: string;
}

export interface Problem {
  /** A stable word */
  code: string;
  /** With 412: the record as it is now */
  current?: Record<string, unknown>;
  detail: string;
  errors: ProblemField[];
  requestId: string | null;
  status: number;
  title: string;
  type: string;
  [more: string]: unknown;
}

export interface ProblemField {
  field: string;
  message: string;
}

export interface Process {
  bytesSent: number;
  deliveries: number;
  /** Streams cut because nobody read */
  dropped: number;
  host: string;
  id: string;
  /** How long the oldest message it has not heard has waited */
  lagMs: number | null;
  /** Streams told `lost` because they fell behind */
  lost: number;
  pid: number;
  position: string | null;
  refused: Refusals;
  ring: Occupancy;
  seenAt: string;
  startedAt: string;
  streams: number;
}

export interface Professional {
  aboutMe: string | null;
  /** Id of one of the users */
  adminId: string | null;
  /** The last id that the record's admin had */
  adminRef: string | null;
  banner: string | null;
  contactDetails: unknown;
  contactInfo: unknown;
  createdAt: string;
  ctaButton: unknown;
  education: unknown;
  email: string | null;
  facebook: string | null;
  id: string;
  instagram: string | null;
  isActive: boolean;
  linkedin: string | null;
  location: string | null;
  name: string;
  phone: string | null;
  portfolio: unknown;
  professionName: string | null;
  professionalHeadline: string | null;
  profilePicture: string | null;
  resume: string | null;
  servicesOffered: unknown;
  skills: unknown;
  slug: string | null;
  twitter: string | null;
  updatedAt: string;
  version: number;
  website: string | null;
  workExperience: unknown;
}

export interface ProfessionalChanges {
  deleted: string[];
  items: Professional[];
  position: string;
}

export interface ProfessionalCreate {
  aboutMe?: string | null;
  /** Id of one of the users */
  adminId: string;
  banner?: string | null;
  contactDetails?: unknown;
  contactInfo?: unknown;
  ctaButton?: unknown;
  education?: unknown;
  email?: string | null;
  facebook?: string | null;
  instagram?: string | null;
  isActive?: boolean;
  linkedin?: string | null;
  location?: string | null;
  name: string;
  phone?: string | null;
  portfolio?: unknown;
  professionName?: string | null;
  professionalHeadline?: string | null;
  profilePicture?: string | null;
  resume?: string | null;
  servicesOffered?: unknown;
  skills?: unknown;
  /** Lower-case letters and digits, with single hyphens; '' asks for one made from the name */
  slug?: string | null;
  twitter?: string | null;
  website?: string | null;
  workExperience?: unknown;
}

export interface ProfessionalList {
  items: Professional[];
  limit: number;
  page: number;
  total: number;
}

export interface ProfessionalPatch {
  aboutMe?: string | null;
  /** Id of one of the users */
  adminId?: string;
  banner?: string | null;
  contactDetails?: unknown;
  contactInfo?: unknown;
  ctaButton?: unknown;
  education?: unknown;
  email?: string | null;
  facebook?: string | null;
  instagram?: string | null;
  isActive?: boolean;
  linkedin?: string | null;
  location?: string | null;
  name?: string;
  phone?: string | null;
  portfolio?: unknown;
  professionName?: string | null;
  professionalHeadline?: string | null;
  profilePicture?: string | null;
  resume?: string | null;
  servicesOffered?: unknown;
  skills?: unknown;
  /** Lower-case letters and digits, with single hyphens; '' asks for one made from the name */
  slug?: string | null;
  twitter?: string | null;
  website?: string | null;
  workExperience?: unknown;
}

export interface QuarantineItem {
  /** The bulk action that deleted it */
  bulkId: string | null;
  check: string | null;
  children: QuarantineRecord[];
  emptied: QuarantineReference[];
  id: string;
  kind: "manual" | "check";
  placedAt: string;
  placedBy: string;
  reason: string;
  recordId: string;
  resource: string;
  restoredAt: string | null;
  restoredBy: string | null;
  runId: string | null;
  /** The record's public form */
  snapshot: Record<string, unknown>;
}

export interface QuarantineList {
  items: QuarantineItem[];
  limit: number;
  page: number;
  total: number;
}

export interface QuarantineRecord {
  recordId: string;
  resource: string;
  /** The record's public form */
  snapshot: Record<string, unknown>;
}

export interface QuarantineReference {
  field: string;
  recordId: string;
  resource: string;
  /** The id it had */
  value: string;
}

export interface QueuedWork {
  arguments: Record<string, unknown>;
  endedAt: string | null;
  enqueuedAt: string | null;
  error: string | null;
  id: string;
  name: string;
  progress: Record<string, unknown>;
  result: unknown;
  startedAt: string | null;
  state: string;
}

export interface RealtimeStatus {
  bytesSent: number;
  deliveries: number;
  dropped: number;
  /** Where the feed began, while that is kept */
  epoch: string | null;
  lost: number;
  /** How many are kept */
  messages: number | null;
  /** The first one kept; who stands there may resume */
  oldest: string | null;
  outbox: Waiting;
  /** Of the newest message */
  position: string | null;
  processes: Process[];
  /** Redis takes no publications */
  publisherAway: boolean;
  refused: Refusals;
  relayAlive: boolean | null;
  streams: number;
}

export interface Received {
  id: string;
}

export interface RecordDiff {
  changes: FieldChange[];
  fromVersion: number;
  /** Secrets that changed in between, by name */
  secrets: string[];
  toVersion: number;
}

export interface RecordHistory {
  items: RecordVersion[];
  limit: number;
  page: number;
  total: number;
}

export interface RecordVersion {
  action: "created" | "updated" | "deleted" | "quarantined" | "restored" | "purged";
  actor: string;
  address: string | null;
  at: string;
  baseVersion: number | null;
  changeId: number;
  changes: FieldChange[];
  compacted: boolean;
  mutationId: string | null;
  requestId: string | null;
  /** Secrets that changed, by name */
  secrets: string[];
  version: number;
}

export interface RecoveryCodes {
  recoveryCodes: string[];
}

export interface Refusals {
  address: number;
  all: number;
  user: number;
}

export interface RegistrationInquiry {
  aboutMe: string | null;
  address: string | null;
  adminNotes: string | null;
  businessDescription: string | null;
  businessName: string | null;
  /** Id of one of the categories */
  categoryId: string | null;
  /** The last id that the record's category had */
  categoryRef: string | null;
  createdAt: string;
  email: string;
  firstName: string | null;
  gstNumber: string | null;
  id: string;
  lastName: string | null;
  location: string | null;
  name: string;
  phone: string | null;
  profession: string | null;
  professionalHeadline: string | null;
  reviewedAt: string | null;
  /** Id of one of the users */
  reviewedBy: string | null;
  /** The last id that the record's reviewed had */
  reviewedRef: string | null;
  status: "PENDING" | "UNDER_REVIEW" | "APPROVED" | "REJECTED" | "COMPLETED";
  termsAccepted: boolean;
  termsAcceptedAt: string | null;
  type: "BUSINESS" | "PROFESSIONAL";
  updatedAt: string;
  version: number;
  website: string | null;
}

export interface RegistrationInquiryChanges {
  deleted: string[];
  items: RegistrationInquiry[];
  position: string;
}

export interface RegistrationInquiryCreate {
  aboutMe?: string | null;
  address?: string | null;
  adminNotes?: string | null;
  businessDescription?: string | null;
  businessName?: string | null;
  /** Id of one of the categories */
  categoryId?: string | null;
  email: string;
  firstName?: string | null;
  gstNumber?: string | null;
  lastName?: string | null;
  location?: string | null;
  name: string;
  phone?: string | null;
  profession?: string | null;
  professionalHeadline?: string | null;
  reviewedAt?: string | null;
  /** Id of one of the users */
  reviewedBy?: string | null;
  status?: "PENDING" | "UNDER_REVIEW" | "APPROVED" | "REJECTED" | "COMPLETED";
  termsAccepted?: boolean;
  termsAcceptedAt?: string | null;
  type: "BUSINESS" | "PROFESSIONAL";
  website?: string | null;
}

export interface RegistrationInquiryList {
  items: RegistrationInquiry[];
  limit: number;
  page: number;
  total: number;
}

export interface RegistrationInquiryPatch {
  aboutMe?: string | null;
  address?: string | null;
  adminNotes?: string | null;
  businessDescription?: string | null;
  businessName?: string | null;
  /** Id of one of the categories */
  categoryId?: string | null;
  email?: string;
  firstName?: string | null;
  gstNumber?: string | null;
  lastName?: string | null;
  location?: string | null;
  name?: string;
  phone?: string | null;
  profession?: string | null;
  professionalHeadline?: string | null;
  reviewedAt?: string | null;
  /** Id of one of the users */
  reviewedBy?: string | null;
  status?: "PENDING" | "UNDER_REVIEW" | "APPROVED" | "REJECTED" | "COMPLETED";
  termsAccepted?: boolean;
  termsAcceptedAt?: string | null;
  type?: "BUSINESS" | "PROFESSIONAL";
  website?: string | null;
}

export interface Rejection {
  /** Told to the applicant by mail */
  reason: string;
}

export interface RequestAccepted {
  accepted: boolean;
}

export interface Restoration {
  /** Bring back without references to records that are gone for good */
  emptyMissing?: boolean;
}

export interface RestorationResults {
  /** Ids of the entries restored */
  done: string[];
  failed: (Record<string, unknown>)[];
}

export interface Reversion {
  version: number;
}

export interface RunRequest {
  /** These checks only */
  checks?: string[] | null;
  /** Only tell what would be mended */
  dryRun?: boolean;
  /** Mend what may be mended */
  repair?: boolean;
}

export interface RunRestoration {
  bulkId?: string;
  runId?: string;
}

export interface RunStarted {
  runId: string;
}

export interface SelftestPart {
  detail: string;
  name: string;
  seconds: number;
  success: boolean;
}

export interface SelftestResult {
  error?: string;
  results: SelftestPart[];
  success: boolean;
}

export interface Sessions {
  items?: OneSession[];
  limit?: number;
  page?: number;
  total?: number;
}

export interface SetPassword {
  password: string;
  token: string;
}

export interface SyncLog {
  items: IntegrityRun[];
  limit: number;
  page: number;
  total: number;
}

export interface SyncStart {
  intervalSeconds?: number | null;
}

export interface SyncStatus {
  intervalSeconds: number;
  /** Switched on */
  isRunning: boolean;
  lastError: string | null;
  lastResult: Record<string, unknown> | null;
  lastSync: string | null;
  nextSync: string | null;
  overdue: boolean;
  schedulerAlive: boolean;
  workerAlive: boolean;
}

export interface TotpCode {
  code: string;
}

export interface TotpEnrolment {
  secret: string;
  /** The same as a QR code */
  svg: string;
  uri: string;
}

export interface TotpProof {
  code: string;
  password: string;
}

export interface TotpState {
  enabled: boolean;
  /** How many are left */
  recoveryCodes: number;
  since: string | null;
}

export interface Touched {
  count: number;
  field: string;
  resource: string;
}

export interface User {
  createdAt: string;
  email: string;
  id: string;
  isActive: boolean;
  lastLoginAt: string | null;
  mustChangePassword: boolean;
  name: string | null;
  role: "SUPER_ADMIN" | "BUSINESS_ADMIN" | "PROFESSIONAL_ADMIN";
  totpSince: string | null;
  updatedAt: string;
  version: number;
}

export interface UserChanges {
  deleted: string[];
  items: User[];
  position: string;
}

export interface UserCreate {
  email: string;
  isActive?: boolean;
  name?: string | null;
  /** Write-only */
  password?: string;
  role?: "SUPER_ADMIN" | "BUSINESS_ADMIN" | "PROFESSIONAL_ADMIN";
}

export interface UserList {
  items: User[];
  limit: number;
  page: number;
  total: number;
}

export interface UserPatch {
  email?: string;
  isActive?: boolean;
  name?: string | null;
  /** Write-only */
  password?: string;
  role?: "SUPER_ADMIN" | "BUSINESS_ADMIN" | "PROFESSIONAL_ADMIN";
}

export interface Waiting {
  ageSeconds: number | null;
  oldestAt: string | null;
  size: number;
}
