/** The results have the types that one would write by hand. */
import type { RealtimeDataOptions as Ours } from "@digisence/realtime";
import { useRealtimeMultipleData, type Connection, type DataIntegrityCheck, type RealtimeData } from "@digisence/realtime";
import { RealtimeDebug } from "@digisence/realtime/debug";
import { checks, result, stats } from "./examples/data-synchronization";
import { results } from "./examples/test-commands";
import type { RealtimeDataOptions as Asked } from "./examples/options";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_ extends true>() => undefined;

holds<Same<Required<Ours>, Required<Asked>>>();
holds<Same<typeof checks, DataIntegrityCheck[]>>();
holds<Same<(typeof result)["fixedRecords"], number>>();
holds<Same<(typeof stats)["healthy"], boolean>>();
holds<Same<(typeof results)["success"], boolean>>();

export function useBoth() {
  const { businesses, me } = useRealtimeMultipleData<{ businesses: Business[]; me: Business }>({
    businesses: "/api/admin/businesses",
    me: { endpoint: "/api/admin/businesses/a", pollingInterval: 5_000 },
  });
  holds<Same<typeof me, RealtimeData<Business>>>();
  holds<Same<(typeof businesses)["data"], Business[] | undefined>>();
  holds<Same<(typeof businesses)["connection"], Connection>>();
}

export const looking = <RealtimeDebug />;
