using System.Text.RegularExpressions;

namespace Crid.Core;

/// <summary>
/// A normalised image reference: registry, repository, and a tag, a digest or both. Parsed once at the edge; the rest of the program
/// never sees the text.
/// </summary>
/// <remarks>The grammar is that of the distribution reference package; facts of normalisation follow what both container engines do.</remarks>
public sealed partial record ImageReference
{
    public const string DefaultRegistry = "docker.io";
    public const string DefaultTag = "latest";
    private const int MaxNameLength = 255;

    private ImageReference(string registry, string repository, string? tag, BlobDigest? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host and optional port, for example <c>registry.k8s.io</c> or <c>localhost:5000</c>.</summary>
    public string Registry { get; }

    /// <summary>Path of the repository within its registry, for example <c>library/busybox</c>.</summary>
    public string Repository { get; }

    public string? Tag { get; }

    public BlobDigest? Digest { get; }

    /// <summary>Registry and repository without tag and digest.</summary>
    public string Name => $"{Registry}/{Repository}";

    /// <summary>What a registry is asked for: the digest where there is one, else the tag.</summary>
    public string TagOrDigest => Digest?.Value ?? Tag ?? DefaultTag;

    /// <exception cref="CridException">InvalidArgument: does not follow the grammar.</exception>
    public static ImageReference Parse(string text) =>
        TryParse(text, out ImageReference? reference)
            ? reference!
            : throw CridException.InvalidArgument($"'{text}' is not a valid image reference");

    public static bool TryParse(string? text, out ImageReference? reference)
    {
        reference = null;
        if (string.IsNullOrEmpty(text) || text.Length > 1024 || HexId.IsValid(text))
        {
            return false;
        }

        string rest = text;
        BlobDigest? digest = null;
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            if (!BlobDigest.TryParse(rest[(at + 1)..], out BlobDigest parsed))
            {
                return false;
            }

            digest = parsed;
            rest = rest[..at];
        }

        string? tag = null;
        int colon = rest.LastIndexOf(':');
        if (colon > rest.LastIndexOf('/'))
        {
            tag = rest[(colon + 1)..];
            rest = rest[..colon];
            if (!TagPattern().IsMatch(tag))
            {
                return false;
            }
        }

        (string registry, string repository) = SplitName(rest);
        if (!RegistryPattern().IsMatch(registry) || !RepositoryPattern().IsMatch(repository)
            || registry.Length + 1 + repository.Length > MaxNameLength)
        {
            return false;
        }

        reference = new ImageReference(registry, repository, tag ?? (digest is null ? DefaultTag : null), digest);
        return true;
    }

    /// <summary>The same repository at a digest.</summary>
    public ImageReference WithDigest(BlobDigest digest) => new(Registry, Repository, tag: null, digest);

    public override string ToString() =>
        $"{Name}{(Tag is null ? "" : ":" + Tag)}{(Digest is null ? "" : "@" + Digest.GetValueOrDefault().Value)}";

    private static (string Registry, string Repository) SplitName(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string first = slash < 0 ? "" : name[..slash];
        bool hasRegistry = first.AsSpan().ContainsAny('.', ':') || first == "localhost"
            || first.AsSpan().ContainsAnyInRange('A', 'Z');
        string registry = hasRegistry ? first : DefaultRegistry;
        string repository = hasRegistry ? name[(slash + 1)..] : name;
        if (registry == "index.docker.io")
        {
            registry = DefaultRegistry;
        }

        if (registry == DefaultRegistry && !repository.Contains('/', StringComparison.Ordinal))
        {
            repository = "library/" + repository;
        }

        return (registry, repository);
    }

    [GeneratedRegex(@"^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RegistryPattern();

    [GeneratedRegex(@"^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RepositoryPattern();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TagPattern();
}
