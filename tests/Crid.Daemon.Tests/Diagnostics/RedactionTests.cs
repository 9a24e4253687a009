namespace Crid.Daemon.Tests;

public sealed class RedactionTests
{
    [Theory]
    [InlineData("password = \"hunter2\"", "password = ***")]
    [InlineData("\"identityToken\": \"abc\", \"other\": 1", "\"identityToken\": ***, \"other\": 1")]
    [InlineData("DB_PASSWORD=hunter2 next", "DB_PASSWORD=*** next")]
    [InlineData("authorization: Bearer abcdefghijklmnop", "authorization: ***")]
    [InlineData("proxy = \"http://me:pw@proxy:3128\"", "proxy = \"http://***@proxy:3128\"")]
    [InlineData("level = \"debug\"", "level = \"debug\"")]
    public void OfText_Secrets_AreHidden(string text, string expected) => Assert.Equal(expected, Redaction.OfText(text));

    [Fact]
    public void OfHostsFile_Headers_AreHidden()
    {
        string text = Redaction.OfHostsFile("[host.\"https://m\"]\ncapabilities = [\"pull\"]\n[host.\"https://m\".header]\nx-key = \"abc\"\n[other]\na = \"b\"");

        Assert.DoesNotContain("abc", text, StringComparison.Ordinal);
        Assert.Contains("capabilities = [\"pull\"]", text, StringComparison.Ordinal);
        Assert.Contains("a = \"b\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void OfJson_Annotations_KeepTheirNamesAlone()
    {
        string text = Redaction.OfJson("""[{"id": "a", "annotations": {"last-applied": "{env: hunter2}"}, "inner": {"annotations": {"x": "hunter3"}}}]""");

        Assert.DoesNotContain("hunter", text, StringComparison.Ordinal);
        Assert.Contains("last-applied", text, StringComparison.Ordinal);
        Assert.Contains("\"id\": \"a\"", text, StringComparison.Ordinal);
    }
}
