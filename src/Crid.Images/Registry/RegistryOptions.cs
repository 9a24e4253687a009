namespace Crid.Images;

/// <summary>How registries are reached.</summary>
public sealed record RegistryOptions
{
    /// <summary>Directory of <c>REGISTRY/hosts.toml</c> files, as containerd's certs.d.</summary>
    public string CertsDirectory { get; init; } = "/etc/crid/certs.d";

    /// <summary>Registries (<c>host:port</c>) that are reached over plain HTTP; those of this machine always are.</summary>
    public IReadOnlyList<string> PlainHttpRegistries { get; init; } = [];

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From a request to the headers of its response.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A body that brings no byte for this long is given up and asked for again.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a request is sent before its failure counts.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>The pause before the second attempt; it doubles with each.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);
}
