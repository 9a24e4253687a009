using System.Net;
using Crid.Core;

namespace Crid.Images.Tests;

public sealed class RegistryConfigurationTests
{
    private static readonly RegistryHost Upstream = new() { BaseUrl = "https://example.com/v2" };

    [Fact]
    public void Parse_AllFields_AreRead()
    {
        IReadOnlyList<RegistryHost> hosts = Parse("""
            server = "example.com"
            client = "own.pem"
            dial_timeout = "1m30s"
            [header]
              x-server = "s"
            [host."mirror.example:5000"]
              capabilities = ["pull", "resolve", "push"]
              client = [["a.crt", "a.key"], ["/b.pem", ""]]
              dial_timeout = "1.5s"
              header.x-dotted = ["d1", "d2"]
            [host."https://inline.example"]
              header = { x-inline = "i" }
            """);

        Assert.Equal("https://mirror.example:5000/v2", hosts[0].BaseUrl);
        Assert.Equal([new ClientCertificate("/certs/example.com/a.crt", "/certs/example.com/a.key"), new ClientCertificate("/b.pem", null)], hosts[0].ClientCertificates);
        Assert.Equal(TimeSpan.FromSeconds(1.5), hosts[0].DialTimeout);
        Assert.Equal(["x-dotted=d1", "x-dotted=d2", "x-inline=i"], hosts[0].Headers.Concat(hosts[1].Headers).Select(static header => $"{header.Key}={header.Value}"));
        Assert.Equal([new ClientCertificate("/certs/example.com/own.pem", null)], hosts[2].ClientCertificates);
        Assert.Equal(TimeSpan.FromSeconds(90), hosts[2].DialTimeout);
        Assert.Equal("x-server", Assert.Single(hosts[2].Headers).Key);
    }

    [Theory]
    [InlineData("client = 1")]
    [InlineData("client = [[\"a\", \"b\", \"c\"]]")]
    [InlineData("dial_timeout = \"soon\"")]
    [InlineData("dial_timeout = 5")]
    [InlineData("[header]\nx = 1")]
    [InlineData("server = \"https://user:pass@example.com\"")]
    [InlineData("server = \"https://example.com/?x=1\"")]
    public void Parse_ValuesOfTheWrongKind_FailThePull(string text)
    {
        CridException exception = Assert.Throws<CridException>(() => Parse(text));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
    }

    [Theory]
    [InlineData("30s", 30_000)]
    [InlineData("1h1m1s", 3_661_000)]
    [InlineData("250ms", 250)]
    [InlineData("0s", null)]
    [InlineData("", null)]
    [InlineData("5", null)]
    [InlineData("-5s", null)]
    [InlineData("99999999999h", null)]
    public void TryParse_GoDuration(string text, int? milliseconds)
    {
        bool valid = GoDuration.TryParse(text, out TimeSpan duration);

        Assert.Equal(milliseconds, valid ? (int)duration.TotalMilliseconds : null);
    }

    [Fact]
    public void Resolve_FileThatChanges_CountsFromTheNextPullOn()
    {
        DirectoryInfo certs = Directory.CreateTempSubdirectory("crid-certs-");
        try
        {
            RegistryHosts hosts = new(new RegistryOptions { CertsDirectory = certs.FullName });
            certs.CreateSubdirectory("_default");
            File.WriteAllText($"{certs}/_default/hosts.toml", "[host.\"https://one\"]");
            string first = hosts.Resolve("example.com")[0].BaseUrl;
            File.WriteAllText($"{certs}/_default/hosts.toml", "[host.\"https://two\"]");
            string second = hosts.Resolve("example.com")[0].BaseUrl;
            File.WriteAllText($"{certs}/_default/hosts.toml", "[host");

            Assert.Equal(("https://one/v2", "https://two/v2"), (first, second));
            Assert.Throws<CridException>(() => hosts.Resolve("example.com"));
        }
        finally
        {
            certs.Delete(recursive: true);
        }
    }

    [Fact]
    public void Resolve_DirectoryOfCertificates_NeedsAKeyForEach()
    {
        DirectoryInfo certs = Directory.CreateTempSubdirectory("crid-certs-");
        try
        {
            RegistryHosts hosts = new(new RegistryOptions { CertsDirectory = certs.FullName });
            certs.CreateSubdirectory("example.com_5000_");
            File.WriteAllText($"{certs}/example.com_5000_/ca.crt", "");
            File.WriteAllText($"{certs}/example.com_5000_/me.cert", "");

            Assert.Throws<CridException>(() => hosts.Resolve("example.com:5000"));
            File.WriteAllText($"{certs}/example.com_5000_/me.key", "");
            RegistryHost host = Assert.Single(hosts.Resolve("example.com:5000"));
            Assert.Equal([$"{certs}/example.com_5000_/ca.crt"], host.CertificateAuthorities);
            Assert.Equal([new ClientCertificate($"{certs}/example.com_5000_/me.cert", $"{certs}/example.com_5000_/me.key")], host.ClientCertificates);
        }
        finally
        {
            certs.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("https://registry.example/v2/", "", "http://secure:3128/")]
    [InlineData("http://registry.example/v2/", "", "http://plain:3128/")]
    [InlineData("https://localhost:5000/", "", null)]
    [InlineData("https://127.0.0.5/", "", null)]
    [InlineData("https://[::1]:5000/", "", null)]
    [InlineData("https://registry.example/", "registry.example", null)]
    [InlineData("https://a.registry.example/", "registry.example", null)]
    [InlineData("https://registry.example/", ".registry.example", "http://secure:3128/")]
    [InlineData("https://a.registry.example/", "*.registry.example", null)]
    [InlineData("https://myregistry.example/", "registry.example", "http://secure:3128/")]
    [InlineData("https://10.1.2.3/", "10.0.0.0/8", null)]
    [InlineData("https://11.1.2.3/", "10.0.0.0/8", "http://secure:3128/")]
    [InlineData("https://10.1.2.3/", "10.1.2.3", null)]
    [InlineData("https://[fd00::1]/", "fd00::/8", null)]
    [InlineData("https://registry.example:5000/", "registry.example:5000", null)]
    [InlineData("https://registry.example:5001/", "registry.example:5000", "http://secure:3128/")]
    [InlineData("https://registry.example/", "*", null)]
    public void GetProxy_FollowsTheExceptions(string destination, string exceptions, string? expected)
    {
        RegistryProxy proxy = new("plain:3128", "http://secure:3128", exceptions.Split(','));

        Assert.Equal(expected, proxy.GetProxy(new Uri(destination))?.ToString());
    }

    [Fact]
    public void Create_ProxyThatIsNoUrl_SaysSoWithoutShowingIt()
    {
        CridException exception = Assert.Throws<CridException>(() => new RegistryProxy("ftp://user:secret@proxy", null, []));

        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetCredential_OfTheProxysUrl_IsUnescaped()
    {
        IWebProxy proxy = new RegistryProxy("http://user:p%40ss@proxy:3128", null, []);

        NetworkCredential? credential = proxy.Credentials!.GetCredential(proxy.GetProxy(new Uri("http://registry.example/"))!, "Basic");

        Assert.Equal(("user", "p@ss"), (credential?.UserName, credential?.Password));
    }

    private static IReadOnlyList<RegistryHost> Parse(string text) => HostsFile.Parse(text, "/certs/example.com/hosts.toml", "example.com", Upstream);
}
