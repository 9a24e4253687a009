using System.Text;
using CsCheck;

namespace Crid.Runtimes.Tests;

public sealed class YamlJsonTests
{
    [Theory]
    [InlineData("a: 1\nb: [x, \"1\", 'true']", """{"a":1,"b":["x","1","true"]}""")]
    [InlineData("a:\n- b: ~\n  c: true\n- 0x1F\n- 0666\n- 0o17\n- -4", """{"a":[{"b":null,"c":true},31,438,15,-4]}""")]
    [InlineData("{\"a\": {\"b\": []}}", """{"a":{"b":[]}}""")]
    [InlineData("a: |\n  two\n  lines\n", """{"a":"two\nlines\n"}""")]
    [InlineData("a: 1.5\nb: 0.6.0\nc: 089\nd: !!str 5\ne: yes", """{"a":"1.5","b":"0.6.0","c":"089","d":"5","e":"yes"}""")]
    [InlineData("# nothing", "")]
    public void Convert_Document_IsTheSameJson(string yaml, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(YamlJson.Convert(Encoding.UTF8.GetBytes(yaml)).Span));

    [Theory]
    [InlineData("a: &x [1]\nb: *x", "aliases")]
    [InlineData("a: 1\n---\nb: 2", "more than one")]
    [InlineData("? [a]\n: 1", "a key must be a word")]
    [InlineData("a: [", "not YAML")]
    [InlineData("a: b: c", "not YAML")]
    public void Convert_WhatIsNotSupported_SaysWhat(string yaml, string expected) =>
        Assert.Contains(expected, Refusal(Encoding.UTF8.GetBytes(yaml)), StringComparison.Ordinal);

    [Fact]
    public void Convert_BytesThatAreNotUtf8_AreRefused() => Assert.Contains("not YAML", Refusal([0x61, 0x3A, 0x20, 0xFF]), StringComparison.Ordinal);

    [Fact]
    public void Convert_DeepNesting_IsRefusedWithoutReadingOn() =>
        Assert.Contains("levels", Refusal(Encoding.UTF8.GetBytes(new string('[', 1 << 20))), StringComparison.Ordinal);

    [Fact]
    public void Convert_AnyText_IsJsonOrRefused() => Pick.Of("a", ":", " ", "\n", "- ", "[", "]", "{", "}", ",", "\"", "'", "&x", "*x", "|", "? ", "!", "#", "\t", "1", "%", "---\n", "\\")
        .Array[0, 30].Select(string.Concat).Sample(static text =>
        {
            try
            {
                ReadOnlyMemory<byte> json = YamlJson.Convert(Encoding.UTF8.GetBytes(text));
                if (!json.IsEmpty)
                {
                    using System.Text.Json.JsonDocument parsed = System.Text.Json.JsonDocument.Parse(json);
                }
            }
            catch (InvalidDataException exception)
            {
                Assert.NotEmpty(exception.Message);
            }
        });

    private static string Refusal(byte[] yaml) => Assert.Throws<InvalidDataException>(() => YamlJson.Convert(yaml)).Message;
}
