using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>Registries whose token servers and stores have certificates of the same private authority.</summary>
public sealed class PrivateAuthorityTests : IDisposable
{
    private static readonly byte[] Archive = new TarBuilder().AddDirectory("etc").Build();
    private static readonly TestImage Pushed = TestImage.Create(Archive);
    private readonly X509Certificate2 _certificate = MakeCertificate();

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task PullAsync_RedirectAndTokenServerOfTheSameAuthority_AreTrustedWithNothingElse()
    {
        using RawRegistry registry = new(Pushed, _certificate);
        using RawRegistry other = new(Pushed, _certificate);
        ConcurrentBag<string> heads = [];
        other.OnHead = heads.Add;
        other.Mischief = static (line, answer) => new RawAnswer(line.Contains("/token", StringComparison.Ordinal) ? RawRegistry.Format("200 OK", """{"token":"t"}"""u8.ToArray()) : answer);
        bool isKnown = false;
        registry.OnHead = head => isKnown = head.Contains("Authorization: Bearer t", StringComparison.Ordinal);
        registry.Mischief = (line, answer) => new RawAnswer(
            !isKnown ? RawRegistry.Format("401 Unauthorized", [], $"WWW-Authenticate: Bearer realm=\"https://{other.Address}/token\",service=\"s\"")
            : line.Contains("/blobs/", StringComparison.Ordinal) ? RawRegistry.Format("307 Moved", [], $"Location: https://{other.Address}/{line.Split('/')[^1]}")
            : answer);
        await using ImageStoreFixture store = await StartAsync(registry, """
            ca = "ca.pem"
            client = [["ca.pem", "ca.key"]]
            header = { x-team = "nodes" }
            """);

        Image image = await PullAsync(store, registry);

        Assert.Equal(Pushed.Id, image.Id);
        Assert.True(registry.IsClientKnown);
        Assert.False(other.IsClientKnown);
        Assert.Equal(3, heads.Count);
        Assert.DoesNotContain(heads, static head => head.Contains("x-team", StringComparison.Ordinal) || head.Contains("Bearer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PullAsync_CertificatesOfTheRegistryAreNotVerified_ThoseOfOthersAre()
    {
        using RawRegistry registry = new(Pushed, _certificate);
        using RawRegistry other = new(Pushed, _certificate);
        registry.Mischief = (line, answer) => new RawAnswer(
            line.Contains("/blobs/", StringComparison.Ordinal) ? RawRegistry.Format("307 Moved", [], $"Location: https://{other.Address}/{line.Split('/')[^1]}") : answer);
        await using ImageStoreFixture store = await StartAsync(registry, "skip_verify = true");

        CridException exception = await Assert.ThrowsAsync<CridException>(() => PullAsync(store, registry));

        Assert.Equal(ErrorKind.Unavailable, exception.Kind);
        Assert.Contains(other.Address, exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, other.Requests);
    }

    private async Task<ImageStoreFixture> StartAsync(RawRegistry registry, string settings)
    {
        ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        string certs = Directory.CreateDirectory($"{store.Root}/certs.d/{registry.Address.Replace(':', '_')}_").FullName;
        await File.WriteAllTextAsync($"{certs}/ca.pem", _certificate.ExportCertificatePem());
        using RSA key = _certificate.GetRSAPrivateKey()!;
        await File.WriteAllTextAsync($"{certs}/ca.key", key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync($"{certs}/hosts.toml", $"server = \"https://{registry.Address}\"\n{settings}");
        await store.RestartAsync(new RegistryOptions { CertsDirectory = $"{store.Root}/certs.d", RetryDelay = TimeSpan.FromMilliseconds(1) });
        return store;
    }

    private static Task<Image> PullAsync(ImageStoreFixture store, RawRegistry registry) => store.Images.PullAsync(
        new PullRequest(ImageReference.Parse($"{registry.Address}/app:1"), null), TestContext.Current.CancellationToken);

    private static X509Certificate2 MakeCertificate()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=crid tests", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
