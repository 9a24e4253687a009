using Crid.Core;

namespace Crid.Runtimes;

/// <summary>The CDI devices that a container asks for: those of the request's field, then those of its annotations.</summary>
internal static class CdiRequest
{
    private const string AnnotationPrefix = "cdi.k8s.io/";

    /// <summary>Qualified names, each once; annotations in the order of their keys.</summary>
    /// <exception cref="CridException">InvalidArgument: a name is not qualified.</exception>
    public static IReadOnlyList<string> NamesOf(ContainerSpec spec)
    {
        OrderedDictionary<string, string> sources = [];
        foreach (string name in spec.CdiDevices)
        {
            sources.TryAdd(name, "the request");
        }

        foreach ((string key, string value) in spec.Annotations.Where(IsOfDevices).OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            foreach (string name in value.Split(','))
            {
                sources.TryAdd(name, $"annotation '{key}'");
            }
        }

        foreach ((string name, string source) in sources)
        {
            if (!CdiName.TryParse(name, out _, out _))
            {
                throw CridException.InvalidArgument($"CDI device '{name}' of {source} is not vendor/class=device");
            }
        }

        return [.. sources.Keys];
    }

    private static bool IsOfDevices(KeyValuePair<string, string> annotation) => annotation.Key.StartsWith(AnnotationPrefix, StringComparison.Ordinal);
}
