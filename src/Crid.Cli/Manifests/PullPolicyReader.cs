namespace Crid.Cli;

/// <summary>Reads when an image is pulled: as in Kubernetes, one without a tag, or with the tag latest, is looked for anew each time.</summary>
internal static class PullPolicyReader
{
    public static PullPolicy Read(YamlFields fields, string field, string image)
    {
        string name = ImageNames.Normalise(image);
        string latest = name.EndsWith(":latest", StringComparison.Ordinal) ? "Always" : "IfNotPresent";
        string policy = fields.Has(field) ? fields.OneOf(field, "IfNotPresent", "Always", "Never") : latest;
        return policy switch
        {
            "Always" => PullPolicy.Always,
            "Never" => PullPolicy.Never,
            _ => PullPolicy.Missing,
        };
    }
}
