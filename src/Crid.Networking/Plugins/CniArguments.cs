using Crid.Core;

namespace Crid.Networking;

/// <summary>The pairs of CNI_ARGS, by which plugins know the pod.</summary>
internal static class CniArguments
{
    /// <summary>The pair whose value is the sandbox's id.</summary>
    public const string SandboxKey = "K8S_POD_INFRA_CONTAINER_ID";

    /// <exception cref="CridException">InvalidArgument: a name has a character that CNI_ARGS has no escape for.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Build(AttachmentRequest request)
    {
        List<KeyValuePair<string, string>> pairs =
        [
            new("IgnoreUnknown", "1"),
            new("K8S_POD_NAMESPACE", request.PodNamespace),
            new("K8S_POD_NAME", request.PodName),
            new(SandboxKey, request.SandboxId.Value),
            new("K8S_POD_UID", request.PodUid),
        ];
        foreach ((string key, string value) in pairs)
        {
            if (value.Any(c => c is ';' or '=' || char.IsControl(c)))
            {
                throw CridException.InvalidArgument($"'{value}' can't be handed to CNI plugins as {key}: it has ';', '=' or control characters");
            }
        }

        return pairs;
    }

    public static string Format(IEnumerable<KeyValuePair<string, string>> pairs) => string.Join(';', pairs.Select(pair => $"{pair.Key}={pair.Value}"));
}
