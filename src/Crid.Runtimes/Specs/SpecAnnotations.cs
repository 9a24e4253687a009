using System.IO.Enumeration;

namespace Crid.Runtimes;

/// <summary>
/// The annotations of a spec: who the container is, under the keys that runtimes for virtual machines look for, and what the handler's rules
/// add. Those of the pod are passed on only where the rules allow them, because runtimes obey some of them.
/// </summary>
internal static class SpecAnnotations
{
    private const string Prefix = "io.kubernetes.cri.";

    public static IReadOnlyDictionary<string, string> For(SpecInput input)
    {
        SandboxMetadata sandbox = input.Creation.Sandbox.Metadata;
        OrderedDictionary<string, string> annotations = [];
        AddAll(annotations, input.Rules.DefaultAnnotations);
        AddAll(annotations, input.Creation.Sandbox.Annotations.Where(entry => IsAllowed(entry.Key, input.Rules)));
        AddAll(annotations, input.Spec.Annotations.Where(entry => IsAllowed(entry.Key, input.Rules)));
        annotations[Prefix + "container-type"] = "container";
        annotations[Prefix + "container-name"] = input.Spec.Metadata.Name;
        annotations[Prefix + "image-name"] = input.Spec.UserSpecifiedImage.Length > 0 ? input.Spec.UserSpecifiedImage : input.Spec.Image;
        annotations[Prefix + "sandbox-id"] = input.Environment.Id.Value;
        annotations[Prefix + "sandbox-name"] = sandbox.Name;
        annotations[Prefix + "sandbox-namespace"] = sandbox.Namespace;
        annotations[Prefix + "sandbox-uid"] = sandbox.Uid;
        return annotations;
    }

    private static void AddAll(OrderedDictionary<string, string> annotations, IEnumerable<KeyValuePair<string, string>> added)
    {
        foreach ((string key, string value) in added.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            annotations[key] = value;
        }
    }

    private static bool IsAllowed(string key, HandlerRules rules) =>
        rules.AllowedAnnotations.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, key, ignoreCase: false));
}
