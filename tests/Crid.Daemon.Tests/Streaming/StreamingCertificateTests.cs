using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crid.Core;
using Crid.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Daemon.Tests;

public sealed class StreamingCertificateTests : IDisposable
{
    private static readonly DateTime Written = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTime _time = new();
    private readonly List<X509Certificate2> _certificates = [];

    public void Dispose()
    {
        _directory.Dispose();
        _certificates.ForEach(static certificate => certificate.Dispose());
    }

    [Fact]
    public void ServerOptions_FilesWrittenInPlace_AreReadAgain()
    {
        Write(_directory.Path, Issue());
        using StreamingCertificate opened = Open();

        X509Certificate2 renewed = Write(_directory.Path, Issue());
        File.SetLastWriteTimeUtc($"{_directory.Path}/tls.crt", Written.AddHours(1));
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(renewed.Thumbprint, Shown(opened));
        Assert.True(Trusts(opened, renewed));
    }

    [Fact]
    public void ServerOptions_LinkOfTheSecretLeadsElsewhere_IsReadAgain()
    {
        X509Certificate2 first = WriteSecret("..1", Issue());
        foreach (string name in new[] { "tls.crt", "tls.key", "ca.crt" })
        {
            File.CreateSymbolicLink($"{_directory.Path}/{name}", $"..data/{name}");
        }

        using StreamingCertificate opened = Open();
        Assert.Equal(first.Thumbprint, Shown(opened));

        X509Certificate2 second = WriteSecret("..2", Issue());
        Assert.Equal(first.Thumbprint, Shown(opened));
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(second.Thumbprint, Shown(opened));
        Assert.True(Trusts(opened, second));
        Assert.False(Trusts(opened, first));
    }

    [Fact]
    public void ServerOptions_OnlyTheAuthoritiesChange_AreReadAgain()
    {
        X509Certificate2 own = Write(_directory.Path, Issue());
        using StreamingCertificate opened = Open();
        X509Certificate2 other = Issue();

        File.WriteAllText($"{_directory.Path}/ca.crt", other.ExportCertificatePem());
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.True(Trusts(opened, other));
        Assert.False(Trusts(opened, own));
        Assert.Equal(own.Thumbprint, Shown(opened));
    }

    [Theory]
    [InlineData("tls.crt")]
    [InlineData("tls.key")]
    [InlineData("ca.crt")]
    public void ServerOptions_HalfOfARenewal_ShowsTheOldUntilTheRestIsThere(string missing)
    {
        X509Certificate2 first = Write(_directory.Path, Issue());
        using StreamingCertificate opened = Open();

        X509Certificate2 second = Write(_directory.Path, Issue());
        string whole = File.ReadAllText($"{_directory.Path}/{missing}");
        File.WriteAllText($"{_directory.Path}/{missing}", "");
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(first.Thumbprint, Shown(opened));
        Assert.True(Trusts(opened, first));

        File.WriteAllText($"{_directory.Path}/{missing}", whole);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(second.Thumbprint, Shown(opened));
    }

    [Theory]
    [InlineData("tls.crt")]
    [InlineData("tls.key")]
    [InlineData("ca.crt")]
    public void Open_FileWithoutContent_SaysSo(string empty)
    {
        Write(_directory.Path, Issue());
        File.WriteAllText($"{_directory.Path}/{empty}", "");

        CridException error = Assert.Throws<CridException>(Open);

        Assert.Equal(ErrorKind.FailedPrecondition, error.Kind);
    }

    private StreamingCertificate Open() => StreamingCertificate.Open(
        new StreamingSection
        {
            TlsCertificate = $"{_directory.Path}/tls.crt",
            TlsKey = $"{_directory.Path}/tls.key",
            TlsClientCa = $"{_directory.Path}/ca.crt",
        },
        _time,
        NullLogger.Instance)!;

    private string Shown(StreamingCertificate opened) =>
        ((X509Certificate2)opened.ServerOptions.ServerCertificateSelectionCallback!(this, hostName: null)).Thumbprint;

    private bool Trusts(StreamingCertificate opened, X509Certificate2 client) =>
        opened.ServerOptions.RemoteCertificateValidationCallback!(this, client, chain: null, SslPolicyErrors.None);

    /// <summary>A certificate with its key that is its own authority.</summary>
    private X509Certificate2 Issue()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={_certificates.Count}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        _certificates.Add(certificate);
        return certificate;
    }

    /// <summary>Writes a version of a secret and swaps the link to it, as kubelet does; all versions say that they are of the same time.</summary>
    private X509Certificate2 WriteSecret(string version, X509Certificate2 certificate)
    {
        Directory.CreateDirectory($"{_directory.Path}/{version}");
        Write($"{_directory.Path}/{version}", certificate);
        File.Delete($"{_directory.Path}/..data");
        File.CreateSymbolicLink($"{_directory.Path}/..data", version);
        return certificate;
    }

    private static X509Certificate2 Write(string directory, X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        string authority = certificate.ExportCertificatePem();
        foreach ((string name, string content) in new[] { ("tls.crt", authority), ("tls.key", key.ExportPkcs8PrivateKeyPem()), ("ca.crt", authority) })
        {
            File.WriteAllText($"{directory}/{name}", content);
            File.SetLastWriteTimeUtc($"{directory}/{name}", Written);
        }

        return certificate;
    }
}
