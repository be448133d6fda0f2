/** What a value must be, from the server's own OpenAPI document: fetched once, when somebody first opens a form. */
import { useEffect, useState } from "react";
import { useSend, type Realtime } from "../../realtime";
import type { Resource } from "../resources";
import type { Rule, Rules } from "./values";

interface Told {
  minLength?: number;
  maxLength?: number;
  pattern?: string;
}

interface Shape {
  properties?: Record<string, Told>;
  required?: string[];
}

interface Document {
  paths: Record<string, { post?: { requestBody?: { content?: Record<string, { schema?: { $ref?: string } }> } } }>;
  components: { schemas: Record<string, Shape> };
}

let asked: Promise<Document> | undefined;

function document(send: Realtime["send"]): Promise<Document> {
  asked ??= send("/openapi.json").then((reply) => reply.json() as Promise<Document>);
  asked.catch(() => (asked = undefined)); // another form asks again
  return asked;
}

/** The rules of a creation; an edit follows the same, for a needed field may not be emptied. Until they are here the server alone judges. */
export function useRules(resource: Resource): Rules {
  const send = useSend();
  const [rules, setRules] = useState<Rules>({});
  useEffect(() => {
    let wanted = true;
    document(send).then(
      (told) => wanted && setRules(rulesIn(told, resource.name)),
      () => undefined, // the server says the same when it is asked to save
    );
    return () => void (wanted = false);
  }, [send, resource.name]);
  return rules;
}

export function rulesIn(told: Document, resource: string): Rules {
  const schema = told.paths[`/api/admin/${resource}`]?.post?.requestBody?.content?.["application/json"]?.schema?.$ref;
  const shape = told.components.schemas[schema?.split("/").at(-1) ?? ""];
  const needed = new Set(shape?.required ?? []);
  return Object.fromEntries(Object.entries(shape?.properties ?? {}).map(([name, each]) => [name, ruleOf(each, needed.has(name))]));
}

function ruleOf({ minLength, maxLength, pattern }: Told, required: boolean): Rule {
  return {
    required,
    ...(minLength === undefined ? {} : { shortest: minLength }),
    ...(maxLength === undefined ? {} : { longest: maxLength }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}
