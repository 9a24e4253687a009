using Crid.Oci;
using CsCheck;

namespace Crid.Runtimes.Tests;

public sealed class HandlerRulesTests
{
    private const string Own = "io.kubernetes.cri.";

    private static readonly Gen<Dictionary<string, string>> Annotations = Gen.Select(Pick.Of("a", "run.x/a", "run.x/b", Own + "sandbox-id", "*"), Pick.Of("1", "2", "3"))
        .Array[0, 5].Select(static pairs => pairs.GroupBy(static pair => pair.Item1).ToDictionary(static group => group.Key, static group => group.First().Item2));

    [Fact]
    public void Build_AnyAnnotations_ContainerBeforePodBeforeDefaultAndNeverOverTheOwn() =>
        Gen.Select(Annotations, Annotations, Annotations, Pick.Of<string[]>([], ["run.x/*"], ["a", "run.x/?"], ["*"])).Sample((defaults, ofPod, ofContainer, allowed) =>
        {
            ContainerCreation creation = TestRequests.With(TestRequests.Spec with { Annotations = ofContainer });
            creation = creation with { Sandbox = creation.Sandbox with { Annotations = ofPod } };

            IReadOnlyDictionary<string, string> result = TestRequests.Build(
                creation, rules: new HandlerRules { AllowedAnnotations = allowed, DefaultAnnotations = defaults }).Annotations!;

            Dictionary<string, string> expected = new(defaults);
            foreach ((string key, string value) in ofPod.Concat(ofContainer).Where(entry => IsAllowed(entry.Key, allowed)))
            {
                expected[key] = value;
            }

            foreach ((string key, string value) in TestRequests.Build(TestRequests.Creation).Annotations!)
            {
                expected[key] = value;
            }

            Assert.Equal(expected.OrderBy(static entry => entry.Key, StringComparer.Ordinal), result.OrderBy(static entry => entry.Key, StringComparer.Ordinal));
        });

    [Fact]
    public void Build_AnyDevices_LastOfAPathWinsAndEachHasARuleUnlessAllAreAllowed() =>
        Gen.Select(
            Gen.Select(Pick.Of("/dev/a", "/dev/../dev/a", "/dev/b", ""), Pick.Of("/dev/fuse", "/dev/vda", "/dev/snd"), Pick.Of("", "r", "rwm")).Array[0, 5],
            Gen.Bool,
            Gen.Bool,
            Gen.Bool).Sample((requests, privileged, withoutHost, allAllowed) =>
        {
            DeviceSpec[] devices = [.. requests.Select(static request => new DeviceSpec(request.Item1, request.Item2, request.Item3))];
            ContainerCreation creation = TestRequests.With(TestRequests.Spec with { Devices = devices });
            HandlerRules rules = new() { PrivilegedWithoutHostDevices = withoutHost, AllDevicesAllowed = allAllowed };

            OciLinux linux = TestRequests.Build(privileged ? TestRequests.Privileged(creation) : creation, rules: rules).Linux;

            bool hasAll = privileged && !withoutHost;
            bool allowsAll = hasAll || (privileged && allAllowed);
            IReadOnlyList<OciDeviceRule> rest = linux.Resources.Devices!;
            Assert.Equal(allowsAll, rest[0].Allow);
            Assert.Equal(allowsAll ? 0 : devices.Sum(static device => NodesOf(device).Count), rest.Count - 1);
            Assert.All(rest.Skip(1), static rule => Assert.True(rule is { Allow: true, Type: not null, Major: not null, Minor: not null }));
            Dictionary<string, int> expected = [];
            foreach ((string path, int major) in (hasAll ? NodesOf(new DeviceSpec("", "/dev", "")) : []).Concat(devices.SelectMany(NodesOf)))
            {
                expected[path] = major;
            }

            Assert.Equal(expected, (linux.Devices ?? []).ToDictionary(static device => device.Path, static device => (int)device.Major));
        });

    private static bool IsAllowed(string key, string[] patterns) => patterns switch
    {
        [] => false,
        ["*"] => true,
        ["run.x/*"] => key.StartsWith("run.x/", StringComparison.Ordinal),
        _ => key is "a" or "run.x/a" or "run.x/b",
    };

    private static List<(string Path, int Major)> NodesOf(DeviceSpec device)
    {
        string target = device.ContainerPath.Length == 0 ? device.HostPath : ContainerPath.Clean(device.ContainerPath);
        return [.. new FakeHostFiles().Devices(device.HostPath).Select(node => (target + node.Path[device.HostPath.Length..], (int)node.Major))];
    }
}
