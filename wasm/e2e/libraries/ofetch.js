export { ofetch } from "ofetch";
