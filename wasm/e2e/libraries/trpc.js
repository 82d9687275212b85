export { createTRPCClient, httpBatchLink, httpLink } from "@trpc/client";
