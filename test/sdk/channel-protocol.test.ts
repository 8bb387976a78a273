import { expect, it } from '@jest/globals';
import {
  numberingWord,
  protocolOf,
  readParentWord,
  readProtocol,
  SIGN_OF_LIFE,
} from '../../src/sdk/channel-protocol.js';

it('says in the name of the protocol what the child has already', () => {
  for (const request of [
    { numbering: null, objectId: null },
    { numbering: 'origin', objectId: 0 },
    { numbering: 'a-b_C9', objectId: 2 ** 53 - 1 },
  ]) {
    expect(readProtocol(protocolOf(request))).toEqual(request);
  }
});

it('takes every other protocol for that of a child that wants bare frames', () => {
  for (const protocol of ['', 'lvqr', 'meshledger.2', 'meshledger.1;after=5', 'meshledger.1;numbering=;after=1']) {
    expect(readProtocol(protocol)).toBeNull();
  }
});

it('reads the words of a parent, and nothing else', () => {
  expect(readParentWord(SIGN_OF_LIFE)).toEqual({});
  expect(readParentWord(numberingWord('origin'))).toEqual({ numbering: 'origin' });
  expect(readParentWord(numberingWord(null))).toEqual({ numbering: null });
  for (const text of ['', 'hello', 'null', '[]', '{"numbering":5}', '{"numbering":"a b"}', '{"other":1}']) {
    expect(readParentWord(text)).toBeNull();
  }
});
