using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Crid.HostTests;

/// <summary>Debian's docker-registry behind TLS over the storage of a plain one, with certificates of its own authority.</summary>
internal sealed class SecureRegistry : IAsyncDisposable
{
    /// <summary>A name of the registry that no name server knows.</summary>
    public const string Name = "registry.test";

    private readonly LabProcess _process;

    private SecureRegistry(LabProcess process, string directory, int port)
    {
        _process = process;
        Directory = directory;
        Address = $"127.0.0.1:{port}";
    }

    /// <summary>Holds ca.pem, and client.crt with client.key.</summary>
    public string Directory { get; }

    public string Address { get; }

    /// <param name="storage">The directory of the registry that the images were pushed to.</param>
    /// <param name="directory">Takes certificates and configuration.</param>
    /// <param name="tls">More lines for the table <c>tls</c>.</param>
    /// <param name="auth">The table <c>auth</c>.</param>
    public static async Task<SecureRegistry> StartAsync(string storage, string directory, string tls = "", string auth = "")
    {
        System.IO.Directory.CreateDirectory(directory);
        MakeCertificates(directory);
        int port = LabRegistry.FreePort();
        string config = $"{directory}/config.yml";
        await File.WriteAllTextAsync(config, $$$"""
            version: 0.1
            log: {level: warn, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: {{{storage}}}/data}}
            http:
              addr: "127.0.0.1:{{{port}}}"
              secret: tests
              tls:
                certificate: {{{directory}}}/server.crt
                key: {{{directory}}}/server.key
            {{{tls.Replace("DIRECTORY", directory, StringComparison.Ordinal)}}}
            {{{auth.Replace("DIRECTORY", directory, StringComparison.Ordinal)}}}
            """);
        SecureRegistry registry = new(LabProcess.Start($"{directory}/log", "/usr/bin/docker-registry", "serve", config), directory, port);
        await Eventually.TrueAsync(() => Task.FromResult(registry.Listens(port)), "docker-registry listens");
        return registry;
    }

    /// <summary>Writes the hosts.toml for this registry.</summary>
    public async Task ConfigureAsync(string certs, string settings)
    {
        string directory = System.IO.Directory.CreateDirectory($"{certs}/{Address.Replace(':', '_')}_").FullName;
        await File.WriteAllTextAsync($"{directory}/hosts.toml", $"server = \"https://{Address}\"\n{settings}\n");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private bool Listens(int port)
    {
        using System.Net.Sockets.TcpClient client = new();
        try
        {
            client.Connect("127.0.0.1", port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private static void MakeCertificates(string directory)
    {
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using X509Certificate2 authority = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText($"{directory}/ca.pem", authority.ExportCertificatePem());
        MakeCertificate(authority, "server", $"{directory}/server", 1);
        MakeCertificate(authority, "client", $"{directory}/client", 2);
    }

    private static void MakeCertificate(X509Certificate2 authority, string name, string path, byte serial)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(authority, TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(12), [serial]);
        File.WriteAllText($"{path}.crt", certificate.ExportCertificatePem());
        File.WriteAllText($"{path}.key", key.ExportPkcs8PrivateKeyPem());
    }
}
