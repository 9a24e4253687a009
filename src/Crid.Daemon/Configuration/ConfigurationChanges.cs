namespace Crid.Daemon;

/// <summary>The keys in which two configurations differ, as <c>table.key</c>.</summary>
/// <param name="Applied">Those whose change takes effect in a running daemon.</param>
/// <param name="NeedRestart">All others: a restart of the daemon, which does not touch pods, applies them.</param>
internal sealed record ConfigurationChanges(IReadOnlyList<string> Applied, IReadOnlyList<string> NeedRestart)
{
    public bool IsEmpty => Applied.Count == 0 && NeedRestart.Count == 0;

    public static ConfigurationChanges Between(CridOptions before, CridOptions after)
    {
        List<string> applied = [];
        List<string> needRestart = [];
        foreach (OptionTable table in OptionSchema.Tables)
        {
            string[] instances = [.. table.Instances(before).Union(table.Instances(after)).Order(StringComparer.Ordinal)];
            foreach (string instance in instances)
            {
                bool isInBoth = table.Instances(before).Contains(instance) && table.Instances(after).Contains(instance);
                foreach (OptionDescription key in table.Keys)
                {
                    if (!isInBoth || table.Format(before, instance, key.Name) != table.Format(after, instance, key.Name))
                    {
                        (key.IsLive ? applied : needRestart).Add($"{table.HeaderOf(instance)}.{key.Name}");
                    }
                }
            }
        }

        return new ConfigurationChanges(applied, needRestart);
    }
}
