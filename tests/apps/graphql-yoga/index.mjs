// GraphQL by graphql-yoga: queries, mutations, batches, uploads, and subscriptions as server-sent events.

import { GraphQLError } from 'graphql';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';

const books = [{ id: '1', title: 'Notes', year: 1843 }];
const pubsub = createPubSub();

const typeDefs = /* GraphQL */ `
  scalar File
  type Book { id: ID! title: String! year: Int }
  type Query { hello(name: String = "world"): String! books: [Book!]! greeting: String fails: String }
  type Mutation { add(title: String!, year: Int): Book! upload(file: File!): String! announce: Boolean! }
  type Subscription { countdown(from: Int!): Int! }
`;

const resolvers = {
  Query: {
    hello: (_, { name }) => `Hello ${name}`,
    books: () => books,
    greeting: (_, args, context) => context.GREETING,
    fails: () => {
      throw new GraphQLError('on purpose', { extensions: { code: 'ON_PURPOSE' } });
    },
  },
  Mutation: {
    add: (_, book) => ({ id: '2', ...book }),
    upload: async (_, { file }) => `${file.name} ${file.type} ${await file.text()}`,
    announce: () => {
      pubsub.publish('news', 1);
      return true;
    },
  },
  Subscription: {
    countdown: {
      async *subscribe(_, { from }) {
        for (let n = from; n >= 0; n--) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          yield { countdown: n };
        }
      },
    },
  },
};

const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), batching: true, landingPage: false, logging: false, graphqlEndpoint: '/graphql' });

export default { fetch: yoga.fetch };
