/** What the examples take from the application around them. */
interface Business {
  id: string;
  name: string;
}

declare function BusinessList(props: { businesses: Business[] | undefined }): import("react").ReactElement;
