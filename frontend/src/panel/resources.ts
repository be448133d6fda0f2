/** What the panel knows of each resource: one declaration, from which its page, its table, its drawer and its form are made. */
import type { Rec } from "../realtime";
import type { IconName } from "./ui/icons";

export type Kind = "text" | "long" | "email" | "url" | "flag" | "choice" | "time" | "json" | "reference";

export interface Field {
  name: string;
  kind: Kind;
  choices?: readonly string[];
  /** The resource an id points to; `ref` is the field that remembers whom it named last. */
  target?: string;
  ref?: string;
  /** What the server alone writes is not for editing. */
  edit: boolean;
}

export interface Column {
  field: string;
  kind: "title" | "text" | "long" | "flag" | "choice" | "time" | "addressee" | "admin" | "reference";
  /** Shown small under the title, or in its place when it is empty. */
  under?: string;
  sort?: boolean;
  /** 1 stays on a telephone, 2 needs a tablet, 3 a wide screen. */
  priority: 1 | 2 | 3;
  label?: "status" | "addressee" | "applicant" | "admin";
}

export interface Section {
  name: string;
  fields: Field[];
}

export interface Resource {
  /** As in the address: `/api/admin/<name>`. */
  name: string;
  /** As in the stream's counts. */
  key: string;
  icon: IconName;
  title: (record: Rec) => string;
  columns: Column[];
  sections: Section[];
  /** The fields a list can be narrowed by, the most useful first. */
  filters: readonly string[];
}

const text = (name: string): Field => ({ name, kind: "text", edit: true });
const long = (name: string): Field => ({ name, kind: "long", edit: true });
const email = (name = "email"): Field => ({ name, kind: "email", edit: true });
const url = (name: string): Field => ({ name, kind: "url", edit: true });
const flag = (name: string): Field => ({ name, kind: "flag", edit: true });
const json = (name: string): Field => ({ name, kind: "json", edit: true });
const choice = (name: string, choices: readonly string[]): Field => ({ name, kind: "choice", choices, edit: true });
const reference = (name: string, target: string, ref: string): Field => ({ name, kind: "reference", target, ref, edit: true });
const time = (name: string): Field => ({ name, kind: "time", edit: false });
const fixed = (field: Field): Field => ({ ...field, edit: false });
const section = (name: string, ...fields: Field[]): Section => ({ name, fields });

const titled = (...names: string[]) => (record: Rec) => {
  const found = names.map((name) => record[name]).find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found : record.id;
};

const system = section("system", fixed(text("id")), fixed(text("version")), time("createdAt"), time("updatedAt"));
const social = section("social", url("facebook"), url("twitter"), url("instagram"), url("linkedin"));
const ROLES = ["SUPER_ADMIN", "BUSINESS_ADMIN", "PROFESSIONAL_ADMIN"] as const;
const REVIEW = ["PENDING", "UNDER_REVIEW", "APPROVED", "REJECTED", "COMPLETED"] as const;
const INQUIRY = ["NEW", "READ", "REPLIED", "CLOSED"] as const;

const created: Column = { field: "createdAt", kind: "time", sort: true, priority: 2 };
const changed: Column = { field: "updatedAt", kind: "time", sort: true, priority: 3 };
const active: Column = { field: "isActive", kind: "flag", sort: true, priority: 1, label: "status" };
const status: Column = { field: "status", kind: "choice", sort: true, priority: 1 };
const mail: Column = { field: "email", kind: "text", sort: true, priority: 2 };

const businesses: Resource = {
  name: "businesses",
  key: "businesses",
  icon: "businesses",
  title: titled("name"),
  columns: [
    { field: "name", kind: "title", under: "slug", sort: true, priority: 1 },
    { field: "adminId", kind: "admin", priority: 2, label: "admin" },
    { field: "categoryId", kind: "reference", priority: 3 },
    active,
    created,
    changed,
  ],
  sections: [
    section("main", text("name"), text("slug"), flag("isActive"), long("description"), long("about")),
    section("contact", email(), text("phone"), url("website"), text("address"), text("gstNumber")),
    section("relations", reference("adminId", "users", "adminRef"), reference("categoryId", "categories", "categoryRef")),
    social,
    section("content", url("logo"), url("catalogPdf"), json("openingHours"), json("heroContent"), json("brandContent"), json("portfolioContent")),
    system,
  ],
  filters: ["isActive", "categoryId", "adminId", "createdAt", "updatedAt", "email", "slug", "gstNumber"],
};

const professionals: Resource = {
  name: "professionals",
  key: "professionals",
  icon: "professionals",
  title: titled("name"),
  columns: [
    { field: "name", kind: "title", under: "professionName", sort: true, priority: 1 },
    mail,
    { field: "location", kind: "text", sort: true, priority: 3 },
    { field: "adminId", kind: "admin", priority: 3, label: "admin" },
    active,
    created,
    changed,
  ],
  sections: [
    section("main", text("name"), text("slug"), text("professionName"), text("professionalHeadline"), flag("isActive"), long("aboutMe")),
    section("contact", email(), text("phone"), url("website"), text("location")),
    section("relations", reference("adminId", "users", "adminRef")),
    social,
    section("content", url("profilePicture"), url("banner"), url("resume"), ...["workExperience", "education", "skills", "servicesOffered", "contactInfo", "portfolio", "contactDetails", "ctaButton"].map(json)),
    system,
  ],
  filters: ["isActive", "professionName", "adminId", "createdAt", "updatedAt", "email", "slug"],
};

const categories: Resource = {
  name: "categories",
  key: "categories",
  icon: "categories",
  title: titled("name"),
  columns: [
    { field: "name", kind: "title", under: "slug", sort: true, priority: 1 },
    { field: "description", kind: "long", priority: 3 },
    { field: "type", kind: "choice", sort: true, priority: 1 },
    created,
    changed,
  ],
  sections: [
    section("main", text("name"), text("slug"), choice("type", ["BUSINESS", "PRODUCT"]), long("description")),
    section("relations", reference("parentId", "categories", "parentRef"), reference("businessId", "businesses", "businessRef")),
    system,
  ],
  filters: ["type", "parentId", "businessId", "createdAt", "updatedAt", "slug"],
};

const inquiries: Resource = {
  name: "inquiries",
  key: "inquiries",
  icon: "inquiries",
  title: titled("name", "email"),
  columns: [
    { field: "name", kind: "title", under: "email", sort: true, priority: 1 },
    { field: "message", kind: "long", priority: 2 },
    { field: "businessId", kind: "addressee", priority: 3, label: "addressee" },
    status,
    created,
  ],
  sections: [
    section("main", text("name"), choice("status", INQUIRY), long("message")),
    section("contact", email(), text("phone")),
    section("relations", reference("businessId", "businesses", "businessRef"), reference("professionalId", "professionals", "professionalRef"), reference("userId", "users", "userRef"), text("productRef"), text("serviceRef")),
    system,
  ],
  filters: ["status", "businessId", "professionalId", "userId", "createdAt", "updatedAt", "email"],
};

const listings: Resource = {
  name: "business-listing-inquiries",
  key: "businessListingInquiries",
  icon: "listings",
  title: titled("businessName"),
  columns: [
    { field: "businessName", kind: "title", under: "contactName", sort: true, priority: 1 },
    mail,
    { field: "requirements", kind: "long", priority: 3 },
    { field: "inquiryType", kind: "text", sort: true, priority: 3 },
    status,
    created,
  ],
  sections: [
    section("main", text("businessName"), choice("status", REVIEW), text("inquiryType"), long("businessDescription"), long("requirements")),
    section("contact", text("contactName"), email(), text("phone")),
    section("review", reference("assignedTo", "users", "assignedRef"), long("notes")),
    system,
  ],
  filters: ["status", "assignedTo", "inquiryType", "createdAt", "updatedAt", "email"],
};

const registrations: Resource = {
  name: "registration-inquiries",
  key: "registrationInquiries",
  icon: "registrations",
  title: titled("name", "email"),
  columns: [
    { field: "name", kind: "title", under: "email", sort: true, priority: 1 },
    { field: "type", kind: "choice", sort: true, priority: 2, label: "applicant" },
    { field: "businessName", kind: "text", sort: true, priority: 3 },
    status,
    created,
    { field: "reviewedAt", kind: "time", sort: true, priority: 3 },
  ],
  sections: [
    section("main", text("name"), choice("type", ["BUSINESS", "PROFESSIONAL"]), choice("status", REVIEW), text("businessName"), long("businessDescription"), text("firstName"), text("lastName"), text("profession"), text("professionalHeadline"), long("aboutMe"), text("gstNumber")),
    section("contact", email(), text("phone"), url("website"), text("location"), text("address")),
    section("review", long("adminNotes"), fixed(reference("reviewedBy", "users", "reviewedRef")), time("reviewedAt"), fixed(flag("termsAccepted")), time("termsAcceptedAt"), reference("categoryId", "categories", "categoryRef")),
    system,
  ],
  filters: ["status", "type", "categoryId", "profession", "termsAccepted", "reviewedBy", "createdAt", "updatedAt", "email"],
};

const users: Resource = {
  name: "users",
  key: "users",
  icon: "users",
  title: titled("email"),
  columns: [
    { field: "email", kind: "title", under: "name", sort: true, priority: 1 },
    { field: "role", kind: "choice", sort: true, priority: 2 },
    active,
    { field: "lastLoginAt", kind: "time", sort: true, priority: 3 },
    created,
  ],
  sections: [
    section("main", email(), text("name"), choice("role", ROLES), flag("isActive"), fixed(flag("mustChangePassword")), time("lastLoginAt")),
    system,
  ],
  filters: ["role", "isActive", "lastLoginAt", "createdAt", "updatedAt", "email"],
};

export const RESOURCES: readonly Resource[] = [businesses, professionals, categories, inquiries, listings, registrations, users];

export function resourceNamed(name: string): Resource | undefined {
  return RESOURCES.find((resource) => resource.name === name);
}

export function fieldsOf(resource: Resource): Field[] {
  return resource.sections.flatMap(({ fields }) => fields);
}

export function fieldNamed(resource: Resource, name: string): Field | undefined {
  return fieldsOf(resource).find((field) => field.name === name);
}

export interface Relation {
  /** Whose records point, and with which field. */
  resource: Resource;
  field: Field;
}

/** What points at the records of a resource. */
export function relationsTo(name: string): Relation[] {
  return RESOURCES.flatMap((resource) => fieldsOf(resource).filter(({ target }) => target === name).map((field) => ({ resource, field })));
}
