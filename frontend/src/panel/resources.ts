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
  edit?: boolean;
}

export interface Column {
  field: string;
  kind: "title" | "text" | "long" | "flag" | "choice" | "time" | "addressee" | "admin";
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
}

const text = (name: string, edit = false): Field => ({ name, kind: "text", edit });
const long = (name: string, edit = false): Field => ({ name, kind: "long", edit });
const email = (name = "email", edit = true): Field => ({ name, kind: "email", edit });
const url = (name: string, edit = false): Field => ({ name, kind: "url", edit });
const flag = (name: string, edit = false): Field => ({ name, kind: "flag", edit });
const time = (name: string): Field => ({ name, kind: "time" });
const json = (name: string): Field => ({ name, kind: "json" });
const choice = (name: string, choices: readonly string[], edit = true): Field => ({ name, kind: "choice", choices, edit });
const reference = (name: string, target: string, ref: string): Field => ({ name, kind: "reference", target, ref });
const section = (name: string, ...fields: Field[]): Section => ({ name, fields });

const titled = (...names: string[]) => (record: Rec) => {
  const found = names.map((name) => record[name]).find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found : record.id;
};

const system = section("system", text("id"), text("version"), time("createdAt"), time("updatedAt"));
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
    mail,
    { field: "adminId", kind: "admin", priority: 3, label: "admin" },
    active,
    created,
    changed,
  ],
  sections: [
    section("main", text("name", true), text("slug"), flag("isActive", true), long("description", true), long("about")),
    section("contact", email(), text("phone", true), url("website", true), text("address", true), text("gstNumber", true)),
    section("relations", reference("adminId", "users", "adminRef"), reference("categoryId", "categories", "categoryRef")),
    social,
    section("content", url("logo"), url("catalogPdf"), json("openingHours"), json("heroContent"), json("brandContent"), json("portfolioContent")),
    system,
  ],
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
    section("main", text("name", true), text("slug"), text("professionName", true), text("professionalHeadline", true), flag("isActive", true), long("aboutMe", true)),
    section("contact", email(), text("phone", true), url("website", true), text("location", true)),
    section("relations", reference("adminId", "users", "adminRef")),
    social,
    section("content", url("profilePicture"), url("banner"), url("resume"), ...["workExperience", "education", "skills", "servicesOffered", "contactInfo", "portfolio", "contactDetails", "ctaButton"].map(json)),
    system,
  ],
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
    section("main", text("name", true), text("slug"), choice("type", ["BUSINESS", "PRODUCT"]), long("description", true)),
    section("relations", reference("parentId", "categories", "parentRef"), reference("businessId", "businesses", "businessRef")),
    system,
  ],
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
    section("main", text("name", true), choice("status", INQUIRY), long("message")),
    section("contact", email(), text("phone", true)),
    section("relations", reference("businessId", "businesses", "businessRef"), reference("professionalId", "professionals", "professionalRef"), reference("userId", "users", "userRef"), text("productRef"), text("serviceRef")),
    system,
  ],
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
    section("main", text("businessName", true), choice("status", REVIEW), text("inquiryType", true), long("businessDescription"), long("requirements")),
    section("contact", text("contactName", true), email(), text("phone", true)),
    section("review", reference("assignedTo", "users", "assignedRef"), long("notes", true)),
    system,
  ],
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
    section("main", text("name", true), choice("type", ["BUSINESS", "PROFESSIONAL"], false), choice("status", REVIEW), text("businessName", true), long("businessDescription"), text("firstName"), text("lastName"), text("profession", true), text("professionalHeadline"), long("aboutMe"), text("gstNumber")),
    section("contact", email(), text("phone", true), url("website"), text("location"), text("address")),
    section("review", long("adminNotes", true), reference("reviewedBy", "users", "reviewedRef"), time("reviewedAt"), flag("termsAccepted"), time("termsAcceptedAt"), reference("categoryId", "categories", "categoryRef")),
    system,
  ],
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
    section("main", email(), text("name", true), choice("role", ROLES), flag("isActive", true), flag("mustChangePassword"), time("lastLoginAt")),
    system,
  ],
};

export const RESOURCES: readonly Resource[] = [businesses, professionals, categories, inquiries, listings, registrations, users];

export function resourceNamed(name: string): Resource | undefined {
  return RESOURCES.find((resource) => resource.name === name);
}
