using Crid.Core;

namespace Crid.Images;

/// <summary>Which requirements an image has to meet: containers-policy.json(5). The most specific scope alone counts.</summary>
internal sealed record SignaturePolicy(IReadOnlyList<PolicyRequirement> Default, IReadOnlyDictionary<string, IReadOnlyList<PolicyRequirement>> Scopes)
{
    /// <summary>All requirements of all scopes.</summary>
    public IEnumerable<PolicyRequirement> AllRequirements => Scopes.Values.Append(Default).SelectMany(static requirements => requirements);

    /// <summary>The requirements, all of which an image has to meet.</summary>
    public IReadOnlyList<PolicyRequirement> GetRequirements(ImageReference image)
    {
        foreach (string scope in GetScopes(image))
        {
            if (Scopes.TryGetValue(scope, out IReadOnlyList<PolicyRequirement>? requirements))
            {
                return requirements;
            }
        }

        return Default;
    }

    // From the very image to its repository, the directories above it, its host, the domains of its host, and everything.
    private static IEnumerable<string> GetScopes(ImageReference image)
    {
        yield return image.Digest is { } digest ? $"{image.Name}@{digest.Value}" : image.ToString();
        string name = image.Name;
        while (true)
        {
            yield return name;
            int slash = name.LastIndexOf('/');
            if (slash < 0)
            {
                break;
            }

            name = name[..slash];
        }

        string host = name.Split(':')[0];
        for (int dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = host.IndexOf('.', dot + 1))
        {
            yield return "*" + host[dot..];
        }

        yield return "";
    }
}
