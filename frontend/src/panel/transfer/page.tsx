/** Files of records: out with filters, in after a preview, and what became of each import. */
import { useAddress, pageOf } from "../parts/params";
import "../parts/parts.css";
import { Bring } from "./bring";
import { Past } from "./past";
import { Take } from "./take";
import "./transfer.css";

export default function TransferPage() {
  const [params, change] = useAddress(["import", "page"]);
  const open = (id: string) => change({ import: id, page: params["page"] ?? "" });
  return (
    <div className="page">
      <div className="two">
        <Bring chosen={params["import"] ?? ""} open={open} />
        <Take />
      </div>
      <Past chosen={params["import"] ?? ""} open={open} page={pageOf(params["page"])} onPage={(page) => change({ page: String(page) })} />
    </div>
  );
}
