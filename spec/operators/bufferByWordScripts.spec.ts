import { bufferByWord } from '../../src/index.js';
import { splitOpenText, splitText } from './support/buffers.js';
import { wordsOf } from './support/segments.js';

const SAMPLES: Readonly<Record<string, string>> = {
  zh:
    '人工智能是计算机科学的一个分支，它企图了解智能的实质，并生产出一种新的能以人类智能相似的方式做出反应的智能机器。' +
    '他说：“你好，世界！”在这种情况下，我们可以使用流式处理来减少延迟，并且让用户更快地看到结果。',
  'zh-Hant':
    '中華民國的氣象局說，明天會下雨，請大家出門的時候記得帶傘。這是一個很長的句子沒有任何標點符號可以讓程式休息一下',
  ja:
    '東京スカイツリーは、日本の東京都墨田区押上にある電波塔です。ストリーミング処理を使用すると、' +
    'ユーザーインターフェースの応答性が向上しますが実装が複雑になることがあります。',
  th:
    'การประชุมคณะรัฐมนตรีเมื่อวันอังคารที่ผ่านมาได้มีมติเห็นชอบให้ขยายระยะเวลาการลดภาษีสรรพสามิตน้ำมันดีเซล' +
    'ออกไปอีกสามเดือน นักวิทยาศาสตร์ค้นพบดาวเคราะห์ดวงใหม่ที่มีลักษณะคล้ายโลก',
  lo: 'ສາທາລະນະລັດປະຊາທິປະໄຕປະຊາຊົນລາວ ເປັນປະເທດທີ່ບໍ່ມີທາງອອກສູ່ທະເລ',
  km: 'ព្រះរាជាណាចក្រកម្ពុជា គឺជាប្រទេសមួយនៅអាស៊ីអាគ្នេយ៍',
  my: 'မြန်မာနိုင်ငံသည် အရှေ့တောင်အာရှတွင် တည်ရှိသည်။',
};

describe('bufferByWord: scripts without spaces', () => {
  it.each(Object.entries(SAMPLES))(
    'emits the words that Intl.Segmenter finds in the entire text: %s',
    (locale, text) => {
      const words = wordsOf(text, locale);

      expect(splitText(bufferByWord({ locale }), text)).toEqual(words);
      expect(splitText(bufferByWord({ locale }), Array.from(text))).toEqual(words);
      expect(words.length).toBeGreaterThan(5);
    },
  );

  it('emits a Chinese word with the 8th character after its beginning', () => {
    const operator = bufferByWord({ locale: 'zh' });

    expect(splitOpenText(operator, ...Array.from('我们今天去北京'))).toEqual([]);
    expect(splitOpenText(operator, ...Array.from('我们今天去北京大'))).toEqual(['我们']);
    expect(splitOpenText(operator, ...Array.from('我们今天去北京大学'))).toEqual(['我们']);
    expect(splitOpenText(operator, ...Array.from('我们今天去北京大学学'))).toEqual(['我们', '今天']);
  });

  it('emits all words of a run when punctuation or white space ends it', () => {
    const operator = bufferByWord({ locale: 'zh' });

    expect(splitOpenText(operator, '我们今天', '。')).toEqual(['我们']);
    expect(splitOpenText(operator, '我们今天', '。', '他')).toEqual(['我们', '今天。']);
    expect(splitOpenText(operator, '我们今天', ' ', 'a')).toEqual(['我们', '今天 ']);
  });

  it('emits a Thai word with the 24th code unit after its beginning', () => {
    const text = SAMPLES['th'] ?? '';
    const [first] = wordsOf(text, 'th');

    expect(splitOpenText(bufferByWord({ locale: 'th' }), ...Array.from(text.slice(0, 23)))).toEqual([]);
    expect(splitOpenText(bufferByWord({ locale: 'th' }), ...Array.from(text.slice(0, 24)))).toEqual([first]);
  });

  it('splits no katakana word that is longer than what is looked at', () => {
    const text = 'インターナショナリゼーションインターフェース';

    expect(splitText(bufferByWord({ locale: 'ja' }), Array.from(text)).join('')).toBe(text);
    expect(splitText(bufferByWord({ locale: 'ja' }), Array.from(text))).toEqual(
      splitText(bufferByWord({ locale: 'ja' }), text),
    );
  });

  it('keeps punctuation with the word before it', () => {
    expect(splitText(bufferByWord({ locale: 'zh' }), '你好，世界！“再见”。')).toEqual(['你好，', '世界！“', '再见”。']);
  });
});
