/** What of an application becomes what of an account, and what a superadmin may change on the way. Pure. */
import type { Rec } from "../../realtime";

export interface Part {
  /** The application's name for it; what `approve` takes. */
  name: string;
  /** Its name in the user or profile that is made; `undefined` where it is only a part of another. */
  made?: string;
  of: "user" | "profile";
  kind: "text" | "long" | "email" | "flag" | "category";
}

const part = (of: Part["of"], name: string, made: string | undefined, kind: Part["kind"] = "text"): Part => ({ of, name, kind, ...(made === undefined ? {} : { made }) });

const BUSINESS: Part[] = [
  part("user", "email", "email", "email"),
  part("user", "name", "name"),
  part("profile", "businessName", "name"),
  part("profile", "slug", "slug"),
  part("profile", "businessDescription", "description", "long"),
  part("profile", "aboutMe", "about", "long"),
  part("profile", "phone", "phone"),
  part("profile", "website", "website"),
  part("profile", "gstNumber", "gstNumber"),
  part("profile", "address", "address"),
  part("profile", "location", undefined),
  part("profile", "categoryId", "categoryId", "category"),
  part("profile", "isActive", "isActive", "flag"),
];

const PROFESSIONAL: Part[] = [
  part("user", "email", "email", "email"),
  part("user", "name", "name"),
  part("profile", "firstName", undefined),
  part("profile", "lastName", undefined),
  part("profile", "slug", "slug"),
  part("profile", "profession", "professionName"),
  part("profile", "professionalHeadline", "professionalHeadline"),
  part("profile", "aboutMe", "aboutMe", "long"),
  part("profile", "phone", "phone"),
  part("profile", "website", "website"),
  part("profile", "address", undefined),
  part("profile", "location", "location"),
  part("profile", "isActive", "isActive", "flag"),
];

export type Overrides = Record<string, string | boolean>;

export function partsOf(application: Rec): Part[] {
  return application["type"] === "PROFESSIONAL" ? PROFESSIONAL : BUSINESS;
}

/** What was applied for; a profile is active at once, and its slug is made. */
export function appliedFor({ name, kind }: Part, application: Rec): string | boolean {
  if (kind === "flag") return true;
  const value = application[name];
  return typeof value === "string" ? value : "";
}

/** The body of `approve`: only what differs from the application; an emptied text is null. */
export function bodyOf(application: Rec, overrides: Overrides): Record<string, unknown> {
  const parts = partsOf(application).filter((each) => each.name in overrides && overrides[each.name] !== appliedFor(each, application));
  return Object.fromEntries(parts.map(({ name }) => [name, overrides[name] === "" ? null : overrides[name]]));
}
