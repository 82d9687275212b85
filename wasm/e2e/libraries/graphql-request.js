export { ClientError, GraphQLClient } from "graphql-request";
