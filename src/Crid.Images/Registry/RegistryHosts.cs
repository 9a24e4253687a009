using System.Net;
using Crid.Core;

namespace Crid.Images;

/// <summary>Knows which servers answer for a registry, in the order to try them. Configuration is read at every pull.</summary>
internal sealed class RegistryHosts(RegistryOptions options)
{
    private const string DockerHub = "registry-1.docker.io";

    /// <exception cref="CridException">
    /// InvalidArgument: the registry can't be an address. FailedPrecondition: its configuration can't be used.
    /// </exception>
    public IReadOnlyList<RegistryHost> Resolve(string registry)
    {
        // The grammar of references has ports and IPv6 addresses that do not exist.
        if (!Uri.TryCreate($"https://{registry}/", UriKind.Absolute, out _))
        {
            throw CridException.InvalidArgument($"'{registry}' is not the address of a registry");
        }

        RegistryHost upstream = new() { BaseUrl = GetDefaultUrl(registry) };
        foreach (string name in GetDirectoryNames(registry))
        {
            string directory = Path.Combine(options.CertsDirectory, name);
            string file = Path.Combine(directory, "hosts.toml");
            if (File.Exists(file))
            {
                return HostsFile.Parse(ReadFile(file), file, registry, upstream);
            }

            if (Directory.Exists(directory))
            {
                return [ReadCertificates(directory, upstream)];
            }
        }

        return [upstream];
    }

    private static string ReadFile(string file)
    {
        try
        {
            return new FileInfo(file).Length <= HostsFile.MaxBytes
                ? File.ReadAllText(file)
                : throw CridException.FailedPrecondition($"{file} has more than {HostsFile.MaxBytes} bytes");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CridException(ErrorKind.FailedPrecondition, $"read {file}: {exception.Message}", exception);
        }
    }

    // Docker's form of the directory: certificate authorities, and certificates to show with a key beside each.
    private static RegistryHost ReadCertificates(string directory, RegistryHost upstream)
    {
        string[] certificates = [.. Directory.GetFiles(directory, "*.cert").Order(StringComparer.Ordinal)];
        string? alone = Array.Find(certificates, static file => !File.Exists(Path.ChangeExtension(file, ".key")));
        return alone is null
            ? upstream with
            {
                CertificateAuthorities = [.. Directory.GetFiles(directory, "*.crt").Order(StringComparer.Ordinal)],
                ClientCertificates = [.. certificates.Select(static file => new ClientCertificate(file, Path.ChangeExtension(file, ".key")))],
            }
            : throw CridException.FailedPrecondition($"{alone} has no key beside it");
    }

    private static IEnumerable<string> GetDirectoryNames(string registry)
    {
        int colon = registry.LastIndexOf(':');
        if (colon > registry.LastIndexOf(']'))
        {
            yield return $"{registry[..colon]}_{registry[(colon + 1)..]}_";
        }

        yield return registry;
        yield return "_default";
    }

    private string GetDefaultUrl(string registry)
    {
        if (registry == ImageReference.DefaultRegistry)
        {
            return $"https://{DockerHub}/v2";
        }

        bool plain = IsThisMachine(registry) || options.PlainHttpRegistries.Contains(registry, StringComparer.OrdinalIgnoreCase);
        return $"{(plain ? "http" : "https")}://{registry}/v2";
    }

    private static bool IsThisMachine(string registry)
    {
        Uri uri = new($"http://{registry}/");
        bool local = string.Equals(uri.Host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
        return local && uri.Port != 443;
    }
}
