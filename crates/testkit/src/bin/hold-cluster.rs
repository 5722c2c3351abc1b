//! Starts a cluster, prints its folder and waits to be killed. A test checks that nothing is left on the machine
//! then.

use heddle_testkit::postgres::Cluster;

fn main() {
    let socket_dir = Cluster::shared().socket_dir();
    let folder = socket_dir
        .parent()
        .expect("the socket lies in the cluster's folder");
    println!("{}", folder.display());
    loop {
        std::thread::park();
    }
}
